/** The counter columns of `statistics_times` and `statistics_sources`. */
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

/** Bucket lengths in minutes. Every time zone's days consist of whole quarter hours. */
export const QUARTER_MINUTES = 15;
export const HOUR_MINUTES = 60;
export const DAY_MINUTES = 1440;

const MINUTE_MS = 60_000;

/** Returns the start of the bucket that contains a time, both in ms since the epoch; `grain` is in minutes. */
export const getBucketStart = (ms: number, grainMinutes: number) =>
	ms - (ms % (grainMinutes * MINUTE_MS));

/** The site id under which the counters of all sites together are stored. */
export const ALL_SITES = 0;

/** The advisory lock that serializes changes to the counters across processes, instead of locks on their rows. */
export const COUNTERS_LOCK = 7_310_458_221;

/** The start of a histogram's second bin; each further bin is √2 times as wide. */
const SECOND_BIN_START: Record<Histogram, number> = {
	first_byte_bins: 50,
	answer_bins: 50,
	complete_bins: 5,
	handoff_bins: 1,
};
const MAX_BINS = 48;

/** Returns the index of the histogram bin that contains a value. */
export function getBinIndex(histogram: Histogram, value: number): number {
	if (!(value >= SECOND_BIN_START[histogram])) return 0;
	return Math.min(MAX_BINS - 1, 1 + Math.floor(2 * Math.log2(value / SECOND_BIN_START[histogram])));
}

const getBinStart = (histogram: Histogram, bin: number) =>
	bin === 0 ? 0 : SECOND_BIN_START[histogram] * 2 ** ((bin - 1) / 2);

/** Returns a quantile (`share` from 0 to 1), interpolated linearly within its bin; null for an empty histogram. */
export function getQuantile(histogram: Histogram, bins: number[], share: number): number | null {
	const total = bins.reduce((sum, count) => sum + count, 0);
	if (total <= 0) return null;
	let remaining = share * total;
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
