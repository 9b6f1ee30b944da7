import type { ChartConfiguration, ChartDataset, TooltipModel } from 'chart.js';
import {
	TONES,
	type ChartData,
	type ChartKind,
	type ChartTone,
	type Series,
} from './chart-data.ts';

export type Palette = Record<ChartTone | 'text' | 'line' | 'surface' | 'previous', string>;

/** With more lines than this, a legend replaces the labels at the line ends. */
const MAX_LABELED_LINES = 3;
/** The alpha channel of area fills, appended to a six-digit hex color: about 12% opacity. */
const FILL_ALPHA = '1f';

/** Reads the current theme's colors. */
export function readPalette(element: Element): Palette {
	const style = getComputedStyle(element);
	const readToken = (name: string) => style.getPropertyValue(`--${name}`).trim();
	return {
		accent: readToken('accent'),
		info: readToken('info'),
		warn: readToken('warn'),
		bad: readToken('bad'),
		text: readToken('text-3'),
		line: readToken('line'),
		surface: readToken('surface'),
		previous: readToken('text-3'),
	};
}

const hasLineLabels = (kind: ChartKind, { series }: ChartData) =>
	kind === 'line' && series.length > 1 && series.length <= MAX_LABELED_LINES;

/** Returns whether a legend is needed because the series cannot be labeled at the line ends. */
export const needsLegend = (kind: ChartKind, data: ChartData) =>
	data.series.length > 1 && !hasLineLabels(kind, data);

export const getTone = (series: Series, index: number): ChartTone =>
	series.tone ?? TONES[index % TONES.length] ?? 'accent';

export function createDatasets(
	kind: ChartKind,
	data: ChartData,
	palette: Palette,
): ChartDataset<ChartKind, (number | null)[]>[] {
	return data.series.map((series, index) => {
		const color = series.isPrevious ? palette.previous : palette[getTone(series, index)];
		const base = { label: series.label, data: [...series.values], borderColor: color };
		if (kind === 'bar') return createBars(base, color, series);
		return createLine(base, color, { series, index, palette, isRate: data.scale === 'share' });
	});
}

type BaseDataset = { label: string; data: (number | null)[]; borderColor: string };

const createBars = (
	base: BaseDataset,
	color: string,
	{ isPrevious = false }: Series,
): ChartDataset<'bar', (number | null)[]> => ({
	...base,
	type: 'bar',
	// The previous period is outlined; in line charts, it is dashed.
	backgroundColor: isPrevious ? 'transparent' : color,
	hoverBackgroundColor: isPrevious ? 'transparent' : color,
	borderWidth: isPrevious ? 1 : 0,
	order: isPrevious ? 1 : 0,
	borderRadius: 4,
	borderSkipped: 'start',
	maxBarThickness: 28,
	// Keeps the bars of a day together, even if a single day has the full width.
	categoryPercentage: Math.min(0.8, 0.08 * base.data.length),
});

function createLine(
	base: BaseDataset,
	color: string,
	{
		series,
		index,
		palette,
		isRate,
	}: { series: Series; index: number; palette: Palette; isRate: boolean },
): ChartDataset<'line', (number | null)[]> {
	return {
		...base,
		type: 'line',
		backgroundColor: `${color}${FILL_ALPHA}`,
		fill: !series.isPrevious && index === 0,
		borderWidth: 2,
		borderDash: series.isPrevious ? [4, 4] : [],
		borderJoinStyle: 'round',
		cubicInterpolationMode: 'monotone',
		// Rates get dots, because they are known only on days with chats. Isolated values get one, because a line needs two points.
		pointRadius: base.data.map((_, index) =>
			(isRate && !series.isPrevious) || isIsolated(base.data, index) ? 2 : 0,
		),
		pointHoverRadius: 4,
		pointBackgroundColor: color,
		pointHoverBackgroundColor: color,
		pointHoverBorderColor: palette.surface,
		pointHoverBorderWidth: 2,
		order: series.isPrevious ? 1 : 0,
	};
}

const isIsolated = (values: readonly (number | null)[], index: number) =>
	(values[index - 1] ?? null) === null && (values[index + 1] ?? null) === null;

interface ChartSettings {
	kind: ChartKind;
	isStacked: boolean;
	isAnimated: boolean;
	onTooltip: (tooltip: TooltipModel<ChartKind>) => void;
}

type Options = NonNullable<ChartConfiguration<ChartKind>['options']>;

export function createOptions(
	data: ChartData,
	palette: Palette,
	{ kind, isStacked, isAnimated, onTooltip }: ChartSettings,
): Options {
	const isLabeled = hasLineLabels(kind, data);
	const hasMarks = (data.marks ?? []).length > 0;
	const longestLabel = Math.max(0, ...data.series.map(({ label }) => label.length));
	return {
		responsive: true,
		maintainAspectRatio: false,
		animation: isAnimated && { duration: 180, easing: 'easeOutQuad' },
		interaction: { mode: 'index', intersect: false },
		layout: { padding: { top: hasMarks ? 22 : 8, right: isLabeled ? 16 + longestLabel * 7 : 4 } },
		scales: createScales(data, palette, isStacked),
		plugins: {
			tooltip: { enabled: false, external: ({ tooltip }) => onTooltip(tooltip) },
			endLabels: { isEnabled: isLabeled },
			barLabels: { isEnabled: kind === 'bar', format: data.format },
			hoverLine: { color: palette.line },
			markLines: { color: palette.text, marks: data.marks ?? [] },
		},
	};
}

function createScales(data: ChartData, palette: Palette, isStacked: boolean): Options['scales'] {
	const { suggestedMax, step } = getAxis(data);
	const font = { family: "'Inter Variable', system-ui, sans-serif", size: 12 };
	return {
		x: {
			stacked: isStacked,
			grid: { display: false },
			border: { color: palette.line },
			ticks: { color: palette.text, font, maxRotation: 0, autoSkipPadding: 24 },
		},
		y: {
			stacked: isStacked,
			beginAtZero: true,
			suggestedMax,
			grid: { color: palette.line, drawTicks: false },
			border: { display: false },
			ticks: {
				color: palette.text,
				font,
				maxTicksLimit: 6,
				...(step && { stepSize: step }),
				padding: 8,
				callback: (value) => data.format(Number(value)),
			},
		},
	};
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
/** Round intervals for duration axes. */
const TIME_STEPS = [
	...[50, 100, 200, 500],
	...[1, 2, 5, 10, 20, 30].map((seconds) => seconds * SECOND),
	...[1, 2, 5, 10, 20, 30].map((minutes) => minutes * MINUTE),
	...[1, 2, 6, 12, 24, 48, 96, 240].map((hours) => hours * HOUR),
];
const MAX_STEPS = 4;

/** Returns the axis's minimum upper bound, and its step size where Chart.js would choose an uneven one. */
export function getAxis({ series, scale = 'count' }: ChartData): {
	suggestedMax: number;
	step?: number;
} {
	const max = Math.max(0, ...series.flatMap(({ values }) => values.map((value) => value ?? 0)));
	switch (scale) {
		case 'count':
			// Avoids fractional steps.
			return max < MAX_STEPS ? { suggestedMax: MAX_STEPS, step: 1 } : { suggestedMax: MAX_STEPS };
		case 'share':
			return { suggestedMax: 0.1 };
		case 'duration': {
			const step = TIME_STEPS.find((candidate) => max / candidate <= MAX_STEPS);
			return { suggestedMax: SECOND, ...(step !== undefined && { step }) };
		}
	}
}
