/** When a failed call is tried again. */
export interface Retries {
	/** The pause after the first, second, … failure. */
	pausesMs: readonly number[];
	/** Repeats the last pause for as long as nothing else ends the retries. */
	isEndless?: boolean;
	/** Pauses vary by this share, so that calls that failed together are not repeated together. */
	jitter: number;
	/** The recipient may ask for a longer pause, up to this. */
	maxAskedMs: number;
}

/**
 * Returns when to try again after failure number `step` (from 0), or null when the schedule is over. `random` is between
 * 0 and 1.
 */
export function nextAttemptAt(
	{ pausesMs, isEndless = false, jitter, maxAskedMs }: Retries,
	failed: { step: number; now: Date; retryAfterMs?: number | undefined },
	random = Math.random(),
): Date | null {
	const pause = pausesMs[failed.step] ?? (isEndless ? pausesMs.at(-1) : undefined);
	if (pause === undefined) return null;
	const jittered = pause * (1 - jitter + 2 * jitter * random);
	const asked = Math.min(failed.retryAfterMs ?? 0, maxAskedMs);
	return new Date(failed.now.getTime() + Math.round(Math.max(jittered, asked)));
}
