const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** Pauses after the first, second, … attempt that failed. Within a day: so long the service knows an idempotency key. */
export const PAUSES_MS = [
	10 * SECOND,
	MINUTE,
	5 * MINUTE,
	30 * MINUTE,
	2 * HOUR,
	6 * HOUR,
	12 * HOUR,
];
const LONGEST_MS = 6 * HOUR;
const JITTER = 0.1;

/** When to try again after attempt number `step` (from 0) has failed; null when it is given up. `random` is 0 to 1. */
export function nextAttemptAt(
	step: number,
	now: Date,
	random: number,
	retryAfterMs = 0,
): Date | null {
	const pause = PAUSES_MS[step];
	if (pause === undefined) return null;
	const jittered = pause * (1 - JITTER + 2 * JITTER * random);
	return new Date(
		now.getTime() + Math.round(Math.max(jittered, Math.min(retryAfterMs, LONGEST_MS))),
	);
}
