import { formatLongDay, formatShortDay } from '#lib/client/format/days.ts';
import type { ChartData, ChartTone, Series, TableData } from '#lib/components/charts/chart-data.ts';
import type { Statistics } from '#lib/contract/statistics.ts';
import type { Metric } from './metrics.ts';

/** Creates a chart by day with one line per metric, and one for the first metric in the previous period. */
export function createTrendData(
	{ daily, daily_previous, version_changes }: Statistics,
	metrics: readonly Metric[],
	{ hasComparison, tones = [] }: { hasComparison: boolean; tones?: readonly ChartTone[] },
): ChartData {
	const [first] = metrics;
	const current = metrics.map((metric, index): Series => {
		const tone = tones[index];
		return { label: metric.label, values: daily.map(metric.pick), ...(tone && { tone }) };
	});
	const previous: Series[] =
		first && hasComparison
			? [{ label: 'Previous', values: daily_previous.map(first.pick), isPrevious: true }]
			: [];
	return {
		labels: daily.map(({ date }) => formatShortDay(date)),
		titles: daily.map(({ date }) => formatLongDay(date)),
		series: [...current, ...previous],
		format: first?.format ?? String,
		scale: first?.scale ?? 'count',
		marks: daily.flatMap(({ date }, index) => {
			const versions = version_changes.filter((change) => change.date === date);
			return versions.length > 0
				? [{ index, text: versions.map(({ version }) => version).join(', ') }]
				: [];
		}),
	};
}

/** Converts a chart by day to a table. */
export const createTrendTable = (
	{ daily }: Statistics,
	{ series, format }: ChartData,
): TableData => ({
	columns: [{ label: 'Day' }, ...series.map(({ label }) => ({ label, format }))],
	rows: daily.map(({ date }, index) => [
		date,
		...series.map(({ values }) => values[index] ?? null),
	]),
});

/** Returns the file name of a chart's export: "chats-2026-10-27-to-2026-11-23". */
export function createFileName(title: string, { daily }: Statistics): string {
	const days = [daily[0]?.date, daily.at(-1)?.date].filter(Boolean).join('-to-');
	return [title.toLowerCase().replace(/\W+/g, '-'), days].filter(Boolean).join('-');
}
