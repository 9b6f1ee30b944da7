import { createMoneyFormat, formatCount, formatShare } from '#lib/numbers.ts';
import type { Statistics } from '#lib/contract/statistics.ts';

type Outcomes = Pick<
	Statistics['sources'][number],
	'qualified' | 'won' | 'win_rate' | 'won_values'
>;

const ROWS = ['sources', 'sites', 'versions', 'greetings', 'fields', 'scores'] as const;

/** Returns a format for won values. All of a currency have the same number of decimals, in every table and in the total. */
export function createWonValueFormat(
	statistics: Pick<Statistics, (typeof ROWS)[number]>,
): (value: number, currency: string) => string {
	const amounts = Map.groupBy(
		ROWS.flatMap((rows) => statistics[rows].flatMap(({ won_values }) => won_values)),
		({ currency }) => currency,
	);
	const formats = new Map(
		[...amounts].map(([currency, amounts]) => [
			currency,
			createMoneyFormat(
				currency,
				amounts.map(({ value }) => value),
			),
		]),
	);
	return (value, currency) =>
		(formats.get(currency) ?? createMoneyFormat(currency, [value]))(value);
}

/** Returns the columns for the outcomes of a row's leads, and a function that returns a row's cells. Each currency has its own column. */
export function createOutcomeColumns(statistics: Statistics) {
	const formatWonValue = createWonValueFormat(statistics);
	const currencies = statistics.totals.won_values.map(({ currency }) => currency);
	const columns = [
		{ label: 'Qualified', format: formatCount },
		{ label: 'Won', format: formatCount },
		{ label: 'Win rate', format: formatShare },
		...currencies.map((currency) => ({
			label: `Won value (${currency})`,
			format: (value: number) => formatWonValue(value, currency),
		})),
	];
	const createCells = ({ qualified, won, win_rate, won_values }: Outcomes) => [
		qualified,
		won,
		win_rate,
		...currencies.map(
			(currency) => won_values.find((amount) => amount.currency === currency)?.value ?? null,
		),
	];
	return { columns, createCells };
}
