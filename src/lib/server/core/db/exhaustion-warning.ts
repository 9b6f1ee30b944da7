import type { Log } from '../log.ts';

const EXHAUSTED: Record<string, string> = {
	'53100': 'Postgres is out of disk space: nothing can be stored until there is space again',
	'53200': 'Postgres is out of memory',
	'53300': 'Postgres has no free connections: raise max_connections',
	'58030': 'Postgres cannot read or write its files',
};
const INTERVAL_MS = 60_000;

/**
 * Returns a function that logs what an administrator must fix, given the SQLSTATE of each database error; at most once a
 * minute for each cause. Requests that fail meanwhile are not logged one by one.
 */
export function createExhaustionWarning(log: Log, now = Date.now): (sqlstate: string) => void {
	const warnedAt = new Map<string, number>();
	return (sqlstate) => {
		const warning = EXHAUSTED[sqlstate];
		if (warning === undefined || now() - (warnedAt.get(sqlstate) ?? -INTERVAL_MS) < INTERVAL_MS)
			return;
		warnedAt.set(sqlstate, now());
		log.warn({ sqlstate }, warning);
	};
}
