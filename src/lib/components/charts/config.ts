import type { ChartConfiguration, ChartDataset, TooltipModel } from 'chart.js';
import { axisOf } from './axis.ts';
import { TONES, type ChartData, type ChartTone, type Series } from './types.ts';

export type ChartKind = 'line' | 'bar';
export type Palette = Record<ChartTone | 'text' | 'line' | 'surface' | 'previous', string>;

/** Lines up to this number are named at their ends. */
const DIRECT_LABELS = 3;
/** Behind a six-digit colour: an eighth of its strength. */
const SOFT = '1f';

/** The colours that the theme has at this moment. */
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

/** Whether the series need a legend because they are too many to be named where they end. */
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
		// A day between unknown ones is a dot: a line needs two.
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
	const axis = axisOf(data);
	const widest = Math.max(0, ...data.series.map(({ label }) => label.length));
	const font = { family: "'Inter Variable', system-ui, sans-serif", size: 12 };
	return {
		responsive: true,
		maintainAspectRatio: false,
		animation: isStill ? false : { duration: 180, easing: 'easeOutQuad' },
		interaction: { mode: 'index', intersect: false },
		layout: { padding: { top: 8, right: labelled ? 16 + widest * 7 : 4 } },
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
		},
	};
}
