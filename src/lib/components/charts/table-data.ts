import type { ChartData, Column, TableData } from './types.ts';

type Cell = TableData['rows'][number][number];

/** A cell as it is read on screen. */
export function cellText(value: Cell | undefined, { format }: Column): string {
	if (value === null || value === undefined) return '–';
	return typeof value === 'number' ? (format ?? String)(value) : value;
}

/** The rows of a file: numbers as they are, exact and without units; nothing where nothing is known. */
export const csvRows = ({ columns, rows }: TableData): string[][] => [
	columns.map(({ label }) => label),
	...rows.map((row) => row.map((value) => (value === null ? '' : String(value)))),
];

/** The table of a chart: a row for each label. */
export const tableOf = (
	data: ChartData,
	{ label, names }: { label: string; names: readonly string[] },
): TableData => ({
	columns: [
		{ label },
		...data.series.map((series) => ({ label: series.label, format: data.format })),
	],
	rows: names.map((name, index) => [
		name,
		...data.series.map((series) => series.values[index] ?? null),
	]),
});

/** Rows in the order of a column; what is unknown stands last either way. */
export function sortRows(
	rows: TableData['rows'],
	column: number,
	direction: 'ascending' | 'descending',
): TableData['rows'] {
	const sign = direction === 'ascending' ? 1 : -1;
	return [...rows].sort((one, other) => {
		const a = one[column] ?? null;
		const b = other[column] ?? null;
		if (a === null || b === null) return a === b ? 0 : a === null ? 1 : -1;
		if (typeof a === 'number' && typeof b === 'number') return sign * (a - b);
		return sign * String(a).localeCompare(String(b), 'en');
	});
}
