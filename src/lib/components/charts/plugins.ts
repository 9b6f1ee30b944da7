import type { Chart, Plugin } from 'chart.js';

export interface EndLabelOptions {
	isOn: boolean;
}

/** Labels each line at its end, in place of a legend. */
export const endLabels: Plugin<'line', EndLabelOptions> = {
	id: 'endLabels',
	afterDatasetsDraw(chart, _args, options) {
		if (!options.isOn) return;
		const { ctx, chartArea } = chart;
		const ends = chart.data.datasets.flatMap((dataset, index) => {
			const end = lastPoint(chart, index);
			if (!end) return [];
			return [{ ...end, text: dataset.label ?? '', color: colorOf(dataset.borderColor) }];
		});
		const heights = spread(
			ends.map(({ y }) => y),
			{ gap: 16, from: chartArea.top + 4, to: chartArea.bottom - 4 },
		);
		ctx.save();
		ctx.font = `500 12px ${getComputedStyle(chart.canvas).fontFamily}`;
		ctx.textBaseline = 'middle';
		ends.forEach((end, index) => {
			ctx.fillStyle = end.color;
			ctx.fillText(end.text, Math.min(end.x, chartArea.right) + 8, heights[index] ?? end.y);
		});
		ctx.restore();
	},
};

const colorOf = (color: unknown) => (typeof color === 'string' ? color : 'gray');

/** Chart.js places a point without a value at the axis. */
function lastPoint(chart: Chart, index: number): { x: number; y: number } | undefined {
	const last = lastValueIndex(chart.data.datasets[index]?.data ?? []);
	return chart.getDatasetMeta(index).data[last];
}

/** Returns the index of the last number, or -1. */
export const lastValueIndex = (values: readonly unknown[]): number =>
	values.findLastIndex((value) => typeof value === 'number' && Number.isFinite(value));

export interface BarLabelOptions {
	isOn: boolean;
	format: (value: number) => string;
}

/** Writes the value above each bar that has one, but for those of the previous period. */
export const barLabels: Plugin<'bar', BarLabelOptions> = {
	id: 'barLabels',
	afterDatasetsDraw(chart, _args, { isOn, format }) {
		if (!isOn) return;
		const { ctx } = chart;
		ctx.save();
		ctx.font = `500 11px ${getComputedStyle(chart.canvas).fontFamily}`;
		ctx.textAlign = 'center';
		ctx.textBaseline = 'bottom';
		for (const [index, { data, borderWidth, borderColor }] of chart.data.datasets.entries()) {
			if (borderWidth) continue;
			ctx.fillStyle = colorOf(borderColor);
			for (const [at, bar] of chart.getDatasetMeta(index).data.entries()) {
				const value = data[at];
				if (typeof value === 'number' && value > 0) ctx.fillText(format(value), bar.x, bar.y - 2);
			}
		}
		ctx.restore();
	},
};

export interface HoverLineOptions {
	color: string;
}

/** A hairline at the tooltip's position. */
export const hoverLine: Plugin<'line', HoverLineOptions> = {
	id: 'hoverLine',
	beforeDatasetsDraw(chart, _args, { color }) {
		const [active] = chart.getActiveElements();
		if (!active || chart.getDatasetMeta(active.datasetIndex).type !== 'line') return;
		const { ctx, chartArea } = chart;
		ctx.save();
		ctx.strokeStyle = color;
		ctx.lineWidth = 1;
		ctx.beginPath();
		ctx.moveTo(active.element.x, chartArea.top);
		ctx.lineTo(active.element.x, chartArea.bottom);
		ctx.stroke();
		ctx.restore();
	},
};

export interface MarkLinesOptions {
	color: string;
	marks: readonly { index: number; text: string }[];
}

/** Dashed vertical lines with a text above, such as where the version of an AI changed. */
export const markLines: Plugin<'line', MarkLinesOptions> = {
	id: 'markLines',
	beforeDatasetsDraw(chart, _args, { color, marks }) {
		const { ctx, chartArea, scales } = chart;
		const axis = scales['x'];
		if (!axis) return;
		ctx.save();
		ctx.strokeStyle = ctx.fillStyle = color;
		ctx.lineWidth = 1;
		ctx.setLineDash([3, 3]);
		ctx.font = `500 11px ${getComputedStyle(chart.canvas).fontFamily}`;
		ctx.textBaseline = 'bottom';
		let free = -Infinity;
		for (const { index, text } of marks) {
			const x = Math.round(axis.getPixelForValue(index)) + 0.5;
			ctx.beginPath();
			ctx.moveTo(x, chartArea.top - 4);
			ctx.lineTo(x, chartArea.bottom);
			ctx.stroke();
			const width = ctx.measureText(text).width;
			const start = Math.max(0, Math.min(x - width / 2, chart.width - width));
			// A text that would cover the one before is left out; the table lists all.
			if (start < free) continue;
			ctx.fillText(text, start, chartArea.top - 6);
			free = start + width + 6;
		}
		ctx.restore();
	},
};

// Declaration merging needs the names that Chart.js uses.
declare module 'chart.js' {
	interface PluginOptionsByType<TType> {
		endLabels?: EndLabelOptions;
		barLabels?: BarLabelOptions;
		hoverLine?: HoverLineOptions;
		markLines?: MarkLinesOptions;
	}
}

/** Moves positions apart to at least `gap`, keeping their order and the bounds. */
export function spread(
	places: readonly number[],
	{ gap, from, to }: { gap: number; from: number; to: number },
): number[] {
	const order = places.map((place, index) => ({ place, index })).sort((a, b) => a.place - b.place);
	let floor = from;
	for (const one of order) {
		one.place = Math.max(one.place, floor);
		floor = one.place + gap;
	}
	let ceiling = to;
	for (const one of order.toReversed()) {
		one.place = Math.min(one.place, ceiling);
		ceiling = one.place - gap;
	}
	const moved = [...places];
	for (const { place, index } of order) moved[index] = place;
	return moved;
}
