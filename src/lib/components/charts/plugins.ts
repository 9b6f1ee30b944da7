import type { Chart, Plugin } from 'chart.js';

interface EndLabelOptions {
	isEnabled: boolean;
}

/** Labels each line at its end, instead of a legend. */
export const endLabels: Plugin<'line', EndLabelOptions> = {
	id: 'endLabels',
	afterDatasetsDraw(chart, _args, options) {
		if (!options.isEnabled) return;
		const { ctx, chartArea } = chart;
		const ends = chart.data.datasets.flatMap((dataset, index) => {
			const end = getLastPoint(chart, index);
			if (!end) return [];
			return [{ ...end, text: dataset.label ?? '', color: toColor(dataset.borderColor) }];
		});
		const heights = spreadOut(
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

const toColor = (color: unknown) => (typeof color === 'string' ? color : 'gray');

/** Returns a line's last point with a value. Chart.js places points without one at the axis. */
function getLastPoint(chart: Chart, index: number): { x: number; y: number } | undefined {
	const last = findLastValueIndex(chart.data.datasets[index]?.data ?? []);
	return chart.getDatasetMeta(index).data[last];
}

/** Returns the index of the last number, or -1. */
export const findLastValueIndex = (values: readonly unknown[]): number =>
	values.findLastIndex((value) => typeof value === 'number' && Number.isFinite(value));

interface BarLabelOptions {
	isEnabled: boolean;
	format: (value: number) => string;
}

/** Draws the value above each bar, except those of the previous period. */
export const barLabels: Plugin<'bar', BarLabelOptions> = {
	id: 'barLabels',
	afterDatasetsDraw(chart, _args, { isEnabled, format }) {
		if (!isEnabled) return;
		const { ctx } = chart;
		ctx.save();
		ctx.font = `500 11px ${getComputedStyle(chart.canvas).fontFamily}`;
		ctx.textAlign = 'center';
		ctx.textBaseline = 'bottom';
		for (const [index, { data, borderWidth, borderColor }] of chart.data.datasets.entries()) {
			// Only bars of the previous period have a border.
			if (borderWidth) continue;
			ctx.fillStyle = toColor(borderColor);
			for (const [position, bar] of chart.getDatasetMeta(index).data.entries()) {
				const value = data[position];
				if (typeof value === 'number' && value > 0) ctx.fillText(format(value), bar.x, bar.y - 2);
			}
		}
		ctx.restore();
	},
};

interface HoverLineOptions {
	color: string;
}

/** Draws a vertical line at the hovered point. */
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

interface MarkLinesOptions {
	color: string;
	marks: readonly { index: number; text: string }[];
}

/** Draws dashed vertical lines with captions, such as where the AI's version changed. */
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
		let previousEnd = -Infinity;
		for (const { index, text } of marks) {
			const x = Math.round(axis.getPixelForValue(index)) + 0.5;
			ctx.beginPath();
			ctx.moveTo(x, chartArea.top - 4);
			ctx.lineTo(x, chartArea.bottom);
			ctx.stroke();
			const width = ctx.measureText(text).width;
			const start = Math.max(0, Math.min(x - width / 2, chart.width - width));
			// Captions that would overlap the previous one are skipped; the table lists all of them.
			if (start < previousEnd) continue;
			ctx.fillText(text, start, chartArea.top - 6);
			previousEnd = start + width + 6;
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

/** Moves positions apart to at least `gap`, keeping their order and staying within the bounds. */
export function spreadOut(
	positions: readonly number[],
	{ gap, from, to }: { gap: number; from: number; to: number },
): number[] {
	const order = positions
		.map((position, index) => ({ position, index }))
		.sort((a, b) => a.position - b.position);
	let floor = from;
	for (const item of order) {
		item.position = Math.max(item.position, floor);
		floor = item.position + gap;
	}
	let ceiling = to;
	for (const item of order.toReversed()) {
		item.position = Math.min(item.position, ceiling);
		ceiling = item.position - gap;
	}
	const moved = [...positions];
	for (const { position, index } of order) moved[index] = position;
	return moved;
}
