import { formatAmounts, formatCount, formatShare } from '#lib/client/format/numbers.ts';
import type { Statistics } from '#lib/contract/statistics.ts';

/** The columns for the outcomes of a row's leads. */
export const outcomeColumns = [
	{ label: 'Qualified', format: formatCount },
	{ label: 'Won', format: formatCount },
	{ label: 'Win rate', format: formatShare },
	{ label: 'Won value', format: formatCount },
];

type Outcomes = Pick<
	Statistics['sources'][number],
	'qualified' | 'won' | 'win_rate' | 'won_values'
>;

/** Returns the cells for `outcomeColumns`. */
export const createOutcomeCells = ({ qualified, won, win_rate, won_values }: Outcomes) => [
	qualified,
	won,
	win_rate,
	won_values.length === 0
		? null
		: {
				text: formatAmounts(won_values),
				value: Math.max(...won_values.map(({ value }) => value)),
			},
];
