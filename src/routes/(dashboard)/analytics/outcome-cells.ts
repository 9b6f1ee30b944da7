import { formatAmounts, formatCount, formatShare } from '#lib/client/format/numbers.ts';
import type { Statistics } from '#lib/contract/statistics.ts';

/** The columns for the outcomes of a row's leads. */
export const outcomeColumns = [
	{ label: 'Qualified', format: formatCount },
	{ label: 'Won', format: formatCount },
	{ label: 'Win rate', format: formatShare },
	{ label: 'Won value' },
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
	formatAmounts(won_values) || null,
];
