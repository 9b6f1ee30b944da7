/** A chart's colors, in the order in which they are assigned to series. */
export const TONES = ['accent', 'info', 'warn', 'bad'] as const;
export type ChartTone = (typeof TONES)[number];

type Format = (value: number) => string;

/** A line or set of bars, with a value per label; null if unknown. */
export interface Series {
	label: string;
	values: readonly (number | null)[];
	tone?: ChartTone;
	/** Whether this is the previous period, drawn dashed and without an area. */
	isPrevious?: boolean;
}

export interface ChartData {
	/** Axis labels: "Oct 12". */
	labels: readonly string[];
	/** Tooltip titles, if they differ from the labels: "Monday, October 12, 2026". */
	titles?: readonly string[];
	series: readonly Series[];
	format: Format;
	scale?: Scale;
	/** Vertical lines at labels, each with a short caption. */
	marks?: readonly { index: number; text: string }[];
}

export type ChartKind = 'line' | 'bar';

/** Counts with at most this many nonzero values are drawn as bars, because a line would suggest values between them. */
const MAX_BAR_VALUES = 5;
/** Counts that never exceed this are drawn as bars too, because a line would zigzag between them. */
const MAX_BAR_COUNT = 5;

/** Returns how a chart is drawn, based on its values in the current period. */
export function getChartKind({ series, scale = 'count' }: ChartData): ChartKind {
	const isSparse = series
		.filter(({ isPrevious }) => !isPrevious)
		.every(
			({ values }) =>
				values.filter(Boolean).length <= MAX_BAR_VALUES ||
				values.every((value) => (value ?? 0) <= MAX_BAR_COUNT),
		);
	return scale === 'count' && isSparse ? 'bar' : 'line';
}

/** The kind of values, which determines the axis. */
export type Scale = 'count' | 'share' | 'duration';

interface Column {
	label: string;
	/** Formats the column's numbers, which are right-aligned; omitted for text columns. */
	format?: Format;
}

/** A chart's data as rows, for its table view and its CSV file. */
export interface TableData {
	columns: readonly Column[];
	/** A cell with a `text` shows it, and is sorted by its `value`. */
	rows: readonly (readonly (string | number | null | { text: string; value: number })[])[];
}

type Cell = TableData['rows'][number][number];

/** Formats a cell for display. */
export function formatCell(value: Cell | undefined, { format }: Column): string {
	if (value === null || value === undefined) return '–';
	if (typeof value === 'object') return value.text;
	return typeof value === 'number' ? (format ?? String)(value) : value;
}

/** Returns the rows of a CSV file: exact numbers without units, blank if unknown. */
export const createCsvRows = ({ columns, rows }: TableData): string[][] => [
	columns.map(({ label }) => label),
	...rows.map((row) => row.map((cell) => (cell === null ? '' : formatCell(cell, { label: '' })))),
];

/** Converts a chart to a table, one row per label. */
export const toTable = (
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

/** Sorts rows by a column; unknown values come last in both directions. */
export function sortRows(
	rows: TableData['rows'],
	column: number,
	direction: 'ascending' | 'descending',
): TableData['rows'] {
	const sign = direction === 'ascending' ? 1 : -1;
	return [...rows].sort((rowA, rowB) => {
		const a = getSortValue(rowA[column]);
		const b = getSortValue(rowB[column]);
		if (a === null || b === null) return Number(a === null) - Number(b === null);
		if (typeof a === 'number' && typeof b === 'number') return sign * (a - b);
		return sign * String(a).localeCompare(String(b), 'en');
	});
}

const getSortValue = (cell: Cell | undefined) =>
	typeof cell === 'object' ? (cell?.value ?? null) : (cell ?? null);
