export { readRetryAfter } from '../retry-after';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** Pauses after the first, second, … attempt that failed; after the last one there is no more. */
export const PAUSES_MS = [
	5 * SECOND,
	30 * SECOND,
	2 * MINUTE,
	10 * MINUTE,
	30 * MINUTE,
	2 * HOUR,
	5 * HOUR,
	10 * HOUR,
	24 * HOUR,
];
const LONGEST_MS = 24 * HOUR;
/** Pauses vary by this share, so that what failed together does not come back together. */
const JITTER = 0.2;

/**
 * When to try again after the attempt number `step` (from 0) has failed; null when the schedule is over. `random` is
 * from 0 to 1. The endpoint's own `retryAfterMs` may only make the pause longer, up to 24 h.
 */
export function nextAttemptAt(
	step: number,
	now: Date,
	random: number,
	retryAfterMs = 0,
): Date | null {
	const pause = PAUSES_MS[step];
	if (pause === undefined) return null;
	const jittered = pause * (1 - JITTER + 2 * JITTER * random);
	const asked = Math.min(retryAfterMs, LONGEST_MS);
	return new Date(now.getTime() + Math.round(Math.max(jittered, asked)));
}
