import { setTimeout } from 'node:timers/promises';
import type { Log } from '../log.ts';
import { isTransientDatabaseError } from './faults.ts';

const MAX_MS = 900_000;
const FIRST_PAUSE_MS = 100;
const MAX_PAUSE_MS = 2_000;
/** A result that the database refuses for good is given up after so many tries. */
const MAX_REFUSALS = 3;

/**
 * Stores the result of a call that should not be made twice, and repeats that while the database fails for a reason that
 * passes: for 15 minutes, or until `signal` is aborted. `store` must be safe to repeat. Never throws; returns whether the
 * result was stored.
 */
export async function storeResult(
	log: Log,
	store: () => Promise<unknown>,
	{ signal, ...subject }: { signal?: AbortSignal; webhook_id?: string; mail?: number },
): Promise<boolean> {
	const giveUpAt = performance.now() + MAX_MS;
	let refusals = 0;
	for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 2, MAX_PAUSE_MS)) {
		try {
			await store();
			return true;
		} catch (error) {
			log.error({ err: error, ...subject }, 'a result could not be stored');
			if (!isTransientDatabaseError(error)) refusals += 1;
			const isOver = performance.now() > giveUpAt || refusals === MAX_REFUSALS;
			if (isOver || signal?.aborted) return false;
			await setTimeout(pause, undefined, { signal }).catch(() => undefined);
		}
	}
}
