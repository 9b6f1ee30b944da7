/** The four colours of a chart, in the order in which series take them. */
export const TONES = ['accent', 'info', 'warn', 'bad'] as const;
export type ChartTone = (typeof TONES)[number];

export type Format = (value: number) => string;

/** One line or one set of bars: a value for each label, null where nothing is known. */
export interface Series {
	label: string;
	values: readonly (number | null)[];
	tone?: ChartTone;
	/** The same of the period before: dashed, without area. */
	isPrevious?: boolean;
}

export interface ChartData {
	/** What stands below the axis: "12 Oct". */
	labels: readonly string[];
	/** What the tooltip says in its place: "Monday 12 October". */
	titles?: readonly string[];
	series: readonly Series[];
	format: Format;
	scale?: Scale;
}

/** What the values are, where that decides what the axis looks like. */
export type Scale = 'count' | 'share' | 'duration';

export interface Column {
	label: string;
	/** Numbers stand at the right, in this form; a column without it is text. */
	format?: Format;
}

/** What a chart shows as rows: for its table view and its CSV alike. */
export interface TableData {
	columns: readonly Column[];
	rows: readonly (readonly (string | number | null)[])[];
}
