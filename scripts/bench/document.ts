import { MACHINE } from './bench.ts';

const TABLE_HEADER = [
	'| measurement | ratio (range) | goal | Frontdesk / baseline | date |',
	'| --- | --- | --- | --- | --- |',
];
const MEASURED_SECTION = /(<!-- measured -->)([\s\S]*)(<!-- \/measured -->)/;

export const formatTable = (rows: string[]): string =>
	`${[...TABLE_HEADER, ...rows].join('\n')}\n\nMedian of the rounds, each of which measures both sides; ${MACHINE}.`;

/** Replaces the rows with the same names in the page, and keeps all others. */
export function replaceRows(document: string, rows: string[]): string {
	const existingRows = (MEASURED_SECTION.exec(document)?.[2] ?? '')
		.split('\n')
		.filter((line) => line.startsWith('| ') && !TABLE_HEADER.includes(line));
	const table = new Map([...existingRows, ...rows].map((row) => [getRowName(row), row]));
	return document.replace(MEASURED_SECTION, (_all, open, _old, close) =>
		[open, formatTable([...table.values()]), close].join('\n'),
	);
}

/** Returns a row's first cell without the figure in parentheses, which differs between runs. */
const getRowName = (row: string) => (row.split('|')[1] ?? '').replace(/\([^)]*\)/g, '').trim();
