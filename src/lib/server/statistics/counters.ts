/**
 * The counter columns of `statistics_times` and `statistics_sources`. `complete` counts every completed chat, `completed` only
 * those with contact details. `engaged` also counts chats in which the visitor gave contact details without an AI answer.
 */
export const COUNTERS = [
	'sessions',
	'ai_engaged',
	'complete',
	'abandoned',
	'archived',
	'leads',
	'unchecked',
	'passed',
	'issue',
	'fixed',
	'engaged',
	'contact_given',
	'completed',
	'delivered',
	'messages',
	'turns',
	'failed_turns',
	'fallback_turns',
	'handoffs',
	'handoffs_taken',
	'handoffs_missed',
	'qualified',
	'disqualified',
	'won',
	'lost',
	'shown',
	'opened',
] as const;
export type Counter = (typeof COUNTERS)[number];

export const HISTOGRAMS = [
	'first_byte_bins',
	'answer_bins',
	'complete_bins',
	'handoff_bins',
] as const;
export type Histogram = (typeof HISTOGRAMS)[number];

/** Bucket lengths in minutes. The smallest is 15, because UTC offsets are multiples of 15 minutes. */
export const QUARTER_MINUTES = 15;
export const HOUR_MINUTES = 60;
export const DAY_MINUTES = 1440;

const MINUTE_MS = 60_000;

/** Returns the start of the bucket that contains a time, both in ms since the epoch. */
export const getBucketStart = (ms: number, grainMinutes: number) =>
	ms - (ms % (grainMinutes * MINUTE_MS));

/** The site id under which the counters of all sites together are stored. */
export const ALL_SITES = 0;

/** The arbitrary key of the advisory lock that serializes changes to the counters across processes, instead of row locks. */
export const COUNTERS_LOCK_KEY = 7_310_458_221;

/**
 * The end of each histogram's first bin: in ms for response times, in seconds for the time to completion and handoff waits.
 * Each later bin ends at √2 times the end of the one before.
 */
const FIRST_BIN_END: Record<Histogram, number> = {
	first_byte_bins: 50,
	answer_bins: 50,
	complete_bins: 5,
	handoff_bins: 1,
};
const MAX_BINS = 48;

/** Returns the index of the histogram bin that contains a value. */
export function getBinIndex(histogram: Histogram, value: number): number {
	if (!(value >= FIRST_BIN_END[histogram])) return 0;
	return Math.min(MAX_BINS - 1, 1 + Math.floor(2 * Math.log2(value / FIRST_BIN_END[histogram])));
}

const getBinStart = (histogram: Histogram, bin: number) =>
	bin === 0 ? 0 : FIRST_BIN_END[histogram] * 2 ** ((bin - 1) / 2);

/** Returns a quantile (from 0 to 1), interpolated linearly within its bin; null for an empty histogram. */
export function getQuantile(histogram: Histogram, bins: number[], quantile: number): number | null {
	const total = bins.reduce((sum, count) => sum + count, 0);
	if (total <= 0) return null;
	let remaining = quantile * total;
	for (const [bin, count] of bins.entries()) {
		if (count > 0 && remaining <= count) {
			const [start, end] = [getBinStart(histogram, bin), getBinStart(histogram, bin + 1)];
			return Math.round(start + ((end - start) * remaining) / count);
		}
		remaining -= count;
	}
	return null;
}

/** Adds one histogram to another, in place. */
export function addBins(to: number[], from: readonly number[]): void {
	for (const [bin, count] of from.entries()) to[bin] = (to[bin] ?? 0) + count;
}
