import { formatAmounts, formatCount, formatShare } from '#lib/client/format/numbers.ts';
import type { Statistics } from '#lib/contract/statistics.ts';

/** The columns that show what became of the leads of a row. */
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

/** Returns the cells of these columns. */
export const outcomeCells = ({ qualified, won, win_rate, won_values }: Outcomes) => [
	qualified,
	won,
	win_rate,
	formatAmounts(won_values) || null,
];
