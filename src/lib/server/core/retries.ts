// Durations in ms.
export const SECOND = 1000;

export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;

/** The retry schedule of failed calls. */
export interface RetrySchedule {
	/** The pauses after the first, second, … failure. */
	pausesMs: readonly number[];
	/** Whether to repeat the last pause until something else ends the retries. */
	isEndless?: boolean;
	/** The share by which pauses vary at random, so that calls that failed together are not retried together. */
	jitter: number;
	/** The longest pause that a recipient can request with Retry-After. */
	maxRetryAfterMs: number;
}

/**
 * Returns when to retry after failure number `step` (from 0), or null when the schedule is exhausted. `random` is between
 * 0 and 1.
 */
export function getNextAttemptAt(
	{ pausesMs, isEndless = false, jitter, maxRetryAfterMs }: RetrySchedule,
	failure: { step: number; now: Date; retryAfterMs?: number | undefined },
	random = Math.random(),
): Date | null {
	const pause = pausesMs[failure.step] ?? (isEndless ? pausesMs.at(-1) : undefined);
	if (pause === undefined) return null;
	const jittered = pause * (1 - jitter + 2 * jitter * random);
	const requestedMs = Math.min(failure.retryAfterMs ?? 0, maxRetryAfterMs);
	return new Date(failure.now.getTime() + Math.round(Math.max(jittered, requestedMs)));
}

/** Reads `Retry-After` (seconds, also with decimals, or an HTTP date) as milliseconds from now; undefined if it can't be read. */
export function parseRetryAfter(value: string | null, now: Date): number | undefined {
	if (value === null) return undefined;
	const text = value.trim();
	if (/^\d{1,9}(?:\.\d{1,9})?$/.test(text)) return Math.ceil(Number(text) * 1000);
	// Date.parse alone would accept "-5".
	const at = /[a-z]{3}/i.test(text) ? Date.parse(text) : Number.NaN;
	return Number.isNaN(at) ? undefined : Math.max(0, at - now.getTime());
}
