import { MACHINE } from './bench.ts';

const HEAD = [
	'| measurement | ratio (range) | goal | Frontdesk / baseline | date |',
	'| --- | --- | --- | --- | --- |',
];
const MEASURED = /(<!-- measured -->)([\s\S]*)(<!-- \/measured -->)/;

export const tableOf = (rows: string[]): string =>
	`${[...HEAD, ...rows].join('\n')}\n\nMedian of the rounds, each of which measures both sides; ${MACHINE}.`;

/** Replaces the rows with the same names in the page, and keeps all others. */
export function withMeasured(document: string, rows: string[]): string {
	const earlier = (MEASURED.exec(document)?.[2] ?? '')
		.split('\n')
		.filter((line) => line.startsWith('| ') && !HEAD.includes(line));
	const table = new Map([...earlier, ...rows].map((row) => [nameOf(row), row]));
	return document.replace(MEASURED, (_all, open, _old, close) =>
		[open, tableOf([...table.values()]), close].join('\n'),
	);
}

/** Returns a row's first cell without the figure in parentheses, which differs between runs. */
const nameOf = (row: string) => (row.split('|')[1] ?? '').replace(/\([^)]*\)/g, '').trim();
