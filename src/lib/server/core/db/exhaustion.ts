import type { Log } from '../log.ts';

const EXHAUSTED: Record<string, string> = {
	'53100': 'Postgres is out of disk space: nothing can be stored until there is space again',
	'53200': 'Postgres is out of memory',
	'53300': 'Postgres has no free connections: raise max_connections',
	'58030': 'Postgres cannot read or write its files',
};
const INTERVAL_MS = 60_000;
/** Longer than the pauses between the writes of a process without visitors. */
const OUT_OF_SPACE_MS = 10_000;

export interface ExhaustionWatch {
	/** Takes the SQLSTATE of each database error. */
	onError(sqlstate: string): void;
	/** Returns whether a write has failed for want of disk space in the last ten seconds. */
	isOutOfSpace(): boolean;
}

/**
 * Logs what an administrator must fix, at most once a minute for each cause, since the requests that fail are not logged
 * individually.
 */
export function watchExhaustion(log: Log, now = Date.now): ExhaustionWatch {
	const warnedAt = new Map<string, number>();
	let outOfSpaceAt = -OUT_OF_SPACE_MS;
	return {
		onError(sqlstate) {
			if (sqlstate === '53100') outOfSpaceAt = now();
			const warning = EXHAUSTED[sqlstate];
			if (warning === undefined || now() - (warnedAt.get(sqlstate) ?? -INTERVAL_MS) < INTERVAL_MS)
				return;
			warnedAt.set(sqlstate, now());
			log.warn({ sqlstate }, warning);
		},
		isOutOfSpace: () => now() - outOfSpaceAt < OUT_OF_SPACE_MS,
	};
}
