import { longDay, shortDay } from '#lib/client/format/days.ts';
import type { ChartData, ChartTone, Series, TableData } from '#lib/components/charts/chart-data.ts';
import type { Statistics } from '#lib/contract/statistics.ts';
import type { Metric } from './metrics.ts';

/** Builds a chart over days: one line per metric, and the first one's previous period. */
export function trendData(
	{ daily, daily_previous, version_changes }: Statistics,
	metrics: readonly Metric[],
	{ isCompared, tones = [] }: { isCompared: boolean; tones?: readonly ChartTone[] },
): ChartData {
	const [first] = metrics;
	const now = metrics.map((metric, index): Series => {
		const tone = tones[index];
		return { label: metric.label, values: daily.map(metric.pick), ...(tone && { tone }) };
	});
	const before: Series[] =
		first && isCompared
			? [{ label: 'Previous', values: daily_previous.map(first.pick), isPrevious: true }]
			: [];
	return {
		labels: daily.map(({ date }) => shortDay(date)),
		titles: daily.map(({ date }) => longDay(date)),
		series: [...now, ...before],
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

/** The same as table rows. */
export const trendTable = ({ daily }: Statistics, { series, format }: ChartData): TableData => ({
	columns: [{ label: 'Day' }, ...series.map(({ label }) => ({ label, format }))],
	rows: daily.map(({ date }, index) => [
		date,
		...series.map(({ values }) => values[index] ?? null),
	]),
});

/** Names a chart's file: "chats-2026-10-27-to-2026-11-23". */
export function fileName(what: string, { daily }: Statistics): string {
	const days = [daily[0]?.date, daily.at(-1)?.date].filter(Boolean).join('-to-');
	return [what.toLowerCase().replace(/\W+/g, '-'), days].filter(Boolean).join('-');
}
