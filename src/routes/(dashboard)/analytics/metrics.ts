import { compareFigures, formatCount, formatShare, type Change } from '#lib/numbers.ts';
import { summarizeTrend } from '#lib/client/statistics/summaries.ts';
import type { Scale } from '#lib/components/charts/chart-data.ts';
import type { Statistics, StatisticsDay } from '#lib/contract/statistics.ts';

/** The figures of a day or of the whole period. */
type Figures = Omit<StatisticsDay, 'date'>;

/** A figure over time. */
export interface Metric {
	label: string;
	/** A sentence that explains the figure. */
	definition?: string;
	pick: (figures: Figures) => number | null;
	format: (value: number) => string;
	/** What is counted, such as "chats"; omitted for figures that are not counts. */
	unit?: string;
	isLessBetter?: boolean;
	/** `count` by default. */
	scale?: Scale;
}

/** The metrics of lead outcomes. */
export const OUTCOME_METRICS: readonly [Metric, Metric] = [
	{ label: 'Qualified', pick: (f) => f.qualified, format: formatCount, unit: 'leads' },
	{ label: 'Won', pick: (f) => f.won, format: formatCount, unit: 'leads' },
];

/** The metrics to choose from in the main chart. */
export const MAIN_METRICS = {
	sessions: {
		label: 'Chats',
		definition:
			'Chats that started in this period. Opening the widget starts a chat; test chats don’t count.',
		pick: (f) => f.sessions,
		format: formatCount,
		unit: 'chats',
	},
	engaged: {
		label: 'Engaged',
		definition: 'Chats in which the visitor wrote and the AI answered at least once.',
		pick: (f) => f.ai_engaged,
		format: formatCount,
		unit: 'chats',
	},
	complete: {
		label: 'Completed',
		definition:
			'Chats that reached their end: the AI said a completion phrase, or your team or the API completed them.',
		pick: (f) => f.complete,
		format: formatCount,
		unit: 'chats',
	},
	leads: {
		label: 'Leads',
		definition: 'Chats in which the visitor left at least one answer or contact detail.',
		pick: (f) => f.leads,
		format: formatCount,
		unit: 'leads',
	},
	rate: {
		label: 'Completion rate',
		definition: 'Completed chats as a share of all chats. Changes are in percentage points.',
		pick: (f) => f.completion_rate,
		format: formatShare,
		scale: 'share',
	},
} as const satisfies Record<string, Metric>;
export type MainMetric = keyof typeof MAIN_METRICS;

/** Compares a metric's total with the previous period's. */
export function compareMetric(statistics: Statistics, metric: Metric): Change | undefined {
	const { pick, isLessBetter = false, scale } = metric;
	return compareFigures(pick(statistics.totals), pick(statistics.previous), {
		isLessBetter,
		isShare: scale === 'share',
		isCount: metric.format === formatCount,
		samples: scale === 'share' ? [statistics.totals.sessions, statistics.previous.sessions] : [],
	});
}

/** Summarizes a metric over the period. */
export function summarizeMetric(
	statistics: Statistics,
	metric: Metric,
	hasComparison: boolean,
): string {
	const { pick, format, unit, isLessBetter } = metric;
	return summarizeTrend({
		days: statistics.daily.map(({ date }) => date),
		values: statistics.daily.map(pick),
		total: pick(statistics.totals),
		previous: hasComparison ? pick(statistics.previous) : null,
		format,
		...(unit && { unit }),
		...(isLessBetter && { isLessBetter }),
	});
}
