import { formatCount, formatMoney, formatShare } from '#lib/client/format/numbers.ts';
import type { Statistics } from '#lib/contract/statistics.ts';

type Outcomes = Pick<
	Statistics['sources'][number],
	'qualified' | 'won' | 'win_rate' | 'won_values'
>;

/** Returns the columns for the outcomes of a row's leads, and a function that returns a row's cells. Each currency has its own column. */
export function createOutcomeColumns({ totals }: Statistics) {
	const currencies = totals.won_values.map(({ currency }) => currency);
	const columns = [
		{ label: 'Qualified', format: formatCount },
		{ label: 'Won', format: formatCount },
		{ label: 'Win rate', format: formatShare },
		...currencies.map((currency) => ({
			label: `Won value (${currency})`,
			format: (value: number) => formatMoney(value, currency),
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
