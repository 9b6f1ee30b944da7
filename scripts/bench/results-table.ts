import { MACHINE, MISSED } from './bench.ts';

const TABLE_HEADER = [
	'| measurement | ratio (range) | goal | Frontdesk / baseline | date |',
	'| --- | --- | --- | --- | --- |',
];
const MEASURED_SECTION = /(<!-- measured -->)([\s\S]*)(<!-- \/measured -->)/;
const MISSED_SECTION = /(<!-- missed -->)([\s\S]*)(<!-- \/missed -->)/;

export const formatTable = (rows: string[]): string =>
	`${[...TABLE_HEADER, ...rows].join('\n')}\n\nMedian of the rounds. Each round measures both sides. Machine: ${MACHINE}.`;

/**
 * Returns the page with its table and its list of missed goals updated. Keeps the rows of benches that didn't run. With
 * `isComplete`, all benches ran, so rows without a new result are removed.
 */
export function updateResults(page: string, rows: string[], { isComplete = false } = {}): string {
	const existingRows = (MEASURED_SECTION.exec(page)?.[2] ?? '')
		.split('\n')
		.filter((line) => line.startsWith('| ') && !TABLE_HEADER.includes(line));
	const kept = isComplete ? [] : existingRows;
	const table = new Map([...kept, ...rows].map((row) => [getRowName(row), row]));
	return page
		.replace(MEASURED_SECTION, (_all, open, _old, close) =>
			[open, formatTable([...table.values()]), close].join('\n'),
		)
		.replace(MISSED_SECTION, (_all, open, _old, close) =>
			[open, describeMissedGoals([...table.values()]), close].join('\n'),
		);
}

/** Returns a list of the goals that the rows miss. */
function describeMissedGoals(rows: string[]): string {
	const missed = rows.filter((row) => row.includes(MISSED));
	if (missed.length === 0) return `All ${rows.length} goals are met.`;
	const items = missed.map((row) => {
		const [, name = '', ratio = '', goal = '', figures = ''] = row
			.split('|')
			.map((cell) => cell.trim());
		return `- ${name}: ${ratio.replace(/ \(.*/, '').replaceAll('*', '')}, ${figures} (goal ${goal.replace(MISSED, '')})`;
	});
	return `${missed.length} of ${rows.length} goals are missed:\n\n${items.join('\n')}`;
}

/** Returns a row's first cell without the figure in parentheses, which differs between runs. */
const getRowName = (row: string) => (row.split('|')[1] ?? '').replace(/\([^)]*\)/g, '').trim();
