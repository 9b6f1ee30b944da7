import { MACHINE } from './bench.ts';

const HEAD = [
	'| what | ratio (range) | goal | ours / baseline | taken |',
	'| --- | --- | --- | --- | --- |',
];
const MEASURED = /(<!-- measured -->)([\s\S]*)(<!-- \/measured -->)/;

export const tableOf = (rows: string[]): string =>
	`${[...HEAD, ...rows].join('\n')}\n\nMedian of the rounds, both sides in each; ${MACHINE}.`;

/** The page with these rows in the place of the earlier ones of the same names; what was not measured again stays. */
export function withMeasured(document: string, rows: string[]): string {
	const earlier = (MEASURED.exec(document)?.[2] ?? '')
		.split('\n')
		.filter((line) => line.startsWith('| ') && !HEAD.includes(line));
	const table = new Map([...earlier, ...rows].map((row) => [nameOf(row), row]));
	return document.replace(MEASURED, (_all, open, _old, close) =>
		[open, tableOf([...table.values()]), close].join('\n'),
	);
}

/** What a row measures: its first cell, less a figure in brackets that differs from run to run. */
const nameOf = (row: string) => (row.split('|')[1] ?? '').replace(/\([^)]*\)/g, '').trim();
