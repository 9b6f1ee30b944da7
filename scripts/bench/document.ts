import { MACHINE, MISSED } from './bench.ts';

const TABLE_HEADER = [
	'| measurement | ratio (range) | goal | Frontdesk / baseline | date |',
	'| --- | --- | --- | --- | --- |',
];
const MEASURED_SECTION = /(<!-- measured -->)([\s\S]*)(<!-- \/measured -->)/;

export const formatTable = (rows: string[]): string =>
	`${[...TABLE_HEADER, ...rows].join('\n')}\n\nMedian of the rounds. Each round measures both sides. Machine: ${MACHINE}.`;

const MISSED_SECTION = /(<!-- missed -->)([\s\S]*)(<!-- \/missed -->)/;

/**
 * Returns the document with the rows and the list of missed goals. Keeps the rows of other benches, unless
 * `isComplete`, which means that the run measured all of them.
 */
export function updateResults(
	document: string,
	rows: string[],
	{ isComplete = false } = {},
): string {
	const existingRows = (MEASURED_SECTION.exec(document)?.[2] ?? '')
		.split('\n')
		.filter((line) => line.startsWith('| ') && !TABLE_HEADER.includes(line));
	const kept = isComplete ? [] : existingRows;
	const table = new Map([...kept, ...rows].map((row) => [getRowName(row), row]));
	return document
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
	const names = missed.map((row) => {
		const [, name = '', ratio = '', goal = ''] = row.split('|').map((cell) => cell.trim());
		return `- ${name}: ${ratio.replace(/ \(.*/, '').replaceAll('*', '')} (goal ${goal.replace(MISSED, '')})`;
	});
	return `${missed.length} of ${rows.length} goals are missed:\n\n${names.join('\n')}`;
}

/** Returns a row's first cell without the figure in parentheses, which differs between runs. */
const getRowName = (row: string) => (row.split('|')[1] ?? '').replace(/\([^)]*\)/g, '').trim();
