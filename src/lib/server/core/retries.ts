/** When what failed is tried again. */
interface Retries {
	/** After the first, second, … attempt; after the last one there is no more. */
	pausesMs: readonly number[];
	/** Pauses vary by this share, so that what failed together does not come back together. */
	jitter: number;
	/** Whoever was asked may make a pause longer, up to this. */
	longestMs: number;
}

/**
 * When to try again after the attempt number `step` (from 0) has failed; null when the schedule is over. `random` is
 * from 0 to 1.
 */
export function nextAttemptAt(
	{ pausesMs, jitter, longestMs }: Retries,
	failed: { step: number; now: Date; retryAfterMs?: number | undefined },
	random = Math.random(),
): Date | null {
	const pause = pausesMs[failed.step];
	if (pause === undefined) return null;
	const jittered = pause * (1 - jitter + 2 * jitter * random);
	const asked = Math.min(failed.retryAfterMs ?? 0, longestMs);
	return new Date(failed.now.getTime() + Math.round(Math.max(jittered, asked)));
}
