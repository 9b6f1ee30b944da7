import type { ChartConfiguration, ChartDataset, TooltipModel } from 'chart.js';
import { TONES, type ChartData, type ChartTone, type Series } from './chart-data.ts';

export type ChartKind = 'line' | 'bar';
export type Palette = Record<ChartTone | 'text' | 'line' | 'surface' | 'previous', string>;

/** Up to this many lines are labeled at their ends. */
const DIRECT_LABELS = 3;
/** Alpha suffix of a six-digit color: an eighth. */
const SOFT = '1f';

/** Reads the current theme's colors. */
export function readPalette(element: Element): Palette {
	const style = getComputedStyle(element);
	const token = (name: string) => style.getPropertyValue(`--${name}`).trim();
	return {
		accent: token('accent'),
		info: token('info'),
		warn: token('warn'),
		bad: token('bad'),
		text: token('text-3'),
		line: token('line'),
		surface: token('surface'),
		previous: token('text-3'),
	};
}

const isLabelled = (kind: ChartKind, { series }: ChartData) =>
	kind === 'line' && series.length > 1 && series.length <= DIRECT_LABELS;

/** Whether there are too many series to label them at their ends. */
export const needsLegend = (kind: ChartKind, data: ChartData) =>
	data.series.length > 1 && !isLabelled(kind, data);

export const toneOf = (series: Series, index: number): ChartTone =>
	series.tone ?? TONES[index % TONES.length] ?? 'accent';

export function datasetsOf(
	kind: ChartKind,
	data: ChartData,
	palette: Palette,
): ChartDataset<ChartKind, (number | null)[]>[] {
	return data.series.map((series, index) => {
		const color = series.isPrevious ? palette.previous : palette[toneOf(series, index)];
		const common = { label: series.label, data: [...series.values], borderColor: color };
		return kind === 'bar' ? bars(common, color) : line(common, color, { series, index, palette });
	});
}

type Common = { label: string; data: (number | null)[]; borderColor: string };

const bars = (common: Common, color: string): ChartDataset<'bar', (number | null)[]> => ({
	...common,
	type: 'bar',
	backgroundColor: color,
	hoverBackgroundColor: color,
	borderRadius: 4,
	borderSkipped: 'start',
	maxBarThickness: 28,
});

function line(
	common: Common,
	color: string,
	{ series, index, palette }: { series: Series; index: number; palette: Palette },
): ChartDataset<'line', (number | null)[]> {
	return {
		...common,
		type: 'line',
		backgroundColor: `${color}${SOFT}`,
		fill: !series.isPrevious && index === 0,
		borderWidth: 2,
		borderDash: series.isPrevious ? [4, 4] : [],
		borderJoinStyle: 'round',
		cubicInterpolationMode: 'monotone',
		// A day without known neighbors is a dot, since a line needs two points.
		pointRadius: common.data.map((_, index) => (isAlone(common.data, index) ? 2 : 0)),
		pointHoverRadius: 4,
		pointBackgroundColor: color,
		pointHoverBackgroundColor: color,
		pointHoverBorderColor: palette.surface,
		pointHoverBorderWidth: 2,
		order: series.isPrevious ? 1 : 0,
	};
}

const isAlone = (values: readonly (number | null)[], index: number) =>
	(values[index - 1] ?? null) === null && (values[index + 1] ?? null) === null;

export interface Look {
	kind: ChartKind;
	isStacked: boolean;
	isStill: boolean;
	onTooltip: (tooltip: TooltipModel<ChartKind>) => void;
}

export function optionsOf(
	data: ChartData,
	palette: Palette,
	{ kind, isStacked, isStill, onTooltip }: Look,
): NonNullable<ChartConfiguration<ChartKind>['options']> {
	const labelled = isLabelled(kind, data);
	const hasMarks = (data.marks ?? []).length > 0;
	const axis = axisOf(data);
	const widest = Math.max(0, ...data.series.map(({ label }) => label.length));
	const font = { family: "'Inter Variable', system-ui, sans-serif", size: 12 };
	return {
		responsive: true,
		maintainAspectRatio: false,
		animation: isStill ? false : { duration: 180, easing: 'easeOutQuad' },
		interaction: { mode: 'index', intersect: false },
		layout: { padding: { top: hasMarks ? 22 : 8, right: labelled ? 16 + widest * 7 : 4 } },
		scales: {
			x: {
				stacked: isStacked,
				grid: { display: false },
				border: { color: palette.line },
				ticks: { color: palette.text, font, maxRotation: 0, autoSkipPadding: 24 },
			},
			y: {
				stacked: isStacked,
				beginAtZero: true,
				suggestedMax: axis.atLeast,
				grid: { color: palette.line, drawTicks: false },
				border: { display: false },
				ticks: {
					color: palette.text,
					font,
					maxTicksLimit: 6,
					...(axis.step && { stepSize: axis.step }),
					padding: 8,
					callback: (value) => data.format(Number(value)),
				},
			},
		},
		plugins: {
			tooltip: { enabled: false, external: ({ tooltip }) => onTooltip(tooltip) },
			endLabels: { isOn: labelled },
			hoverLine: { color: palette.line },
			markLines: { color: palette.text, marks: data.marks ?? [] },
		},
	};
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
/** Familiar intervals for time axes. */
const TIME_STEPS = [
	...[50, 100, 200, 500],
	...[1, 2, 5, 10, 20, 30].map((seconds) => seconds * SECOND),
	...[1, 2, 5, 10, 20, 30].map((minutes) => minutes * MINUTE),
	...[1, 2, 6, 12, 24, 48, 96, 240].map((hours) => hours * HOUR),
];
const MARKS = 4;

/** Returns the axis's minimum height, and its step where multiples of ten do not fit. */
export function axisOf({ series, scale = 'count' }: ChartData): { atLeast: number; step?: number } {
	const most = Math.max(0, ...series.flatMap(({ values }) => values.map((value) => value ?? 0)));
	switch (scale) {
		case 'count':
			// Counts have no halves.
			return most < MARKS ? { atLeast: MARKS, step: 1 } : { atLeast: MARKS };
		case 'share':
			return { atLeast: 0.1 };
		case 'duration': {
			const step = TIME_STEPS.find((one) => most / one <= MARKS);
			return { atLeast: SECOND, ...(step !== undefined && { step }) };
		}
	}
}
