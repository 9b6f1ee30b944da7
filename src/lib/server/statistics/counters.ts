/** The columns that statistics_times and statistics_sources count in. */
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
	'shown',
	'opened',
] as const;
export type Counter = (typeof COUNTERS)[number];

export const HISTOGRAMS = ['first_byte_bins', 'answer_bins', 'complete_bins'] as const;
export type Histogram = (typeof HISTOGRAMS)[number];

/** Lengths of the buckets, in minutes: a quarter of an hour makes up the days of every time zone. */
export const QUARTER = 15;
export const HOUR = 60;
export const DAY = 1440;

const MINUTE_MS = 60_000;

/** The start of the bucket that a time is in. */
export const bucketOf = (ms: number, grain: number) => ms - (ms % (grain * MINUTE_MS));

/** Whose counters are those of all sites together. */
export const ALL_SITES = 0;

/** Only one at a time, in all processes, changes counters: so that exactness needs no locks on them. */
export const COUNTERS_LOCK = 7_310_458_221;
