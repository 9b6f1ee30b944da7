import { sql } from 'drizzle-orm';
import type { Log } from '../log.ts';
import type { Db } from './client.ts';

/** A database that takes longer for one small commit is not usable. */
const LIMIT_MS = 3_000;
/** The result is cached for this long, since the endpoint is public and polled often. */
const CACHE_MS = 500;

/**
 * Creates a check of whether the database accepts writes in time, through the pool that stores messages. It durably commits
 * an empty message to the write-ahead log, which leaves no row behind. On a full disk the log may still have room where
 * tables have none, so that failed writes count too.
 */
export function createWriteCheck(
	db: Db,
	exhaustion: Pick<ExhaustionWatch, 'isOutOfSpace'>,
): () => Promise<boolean> {
	let last: { at: number; answer: Promise<boolean> } | undefined;
	return () => {
		const now = performance.now();
		if (last && now - last.at < CACHE_MS) return last.answer;
		const answer = exhaustion.isOutOfSpace() ? Promise.resolve(false) : isWritable(db);
		last = { at: now, answer };
		return answer;
	};
}

async function isWritable(db: Db): Promise<boolean> {
	let timer: NodeJS.Timeout | undefined;
	const late = new Promise<boolean>((resolve) => {
		timer = setTimeout(resolve, LIMIT_MS, false);
	});
	const written = db
		.execute(sql`select pg_logical_emit_message(true, 'frontdesk', '')`)
		.then(() => true, isForbidden);
	try {
		return await Promise.race([written, late]);
	} finally {
		clearTimeout(timer);
	}
}

/** Returns whether the role may not call the function. The database has answered at least, so it counts as writable. */
function isForbidden(error: unknown): boolean {
	if (!(error instanceof Error)) return false;
	return ('code' in error && error.code === '42501') || isForbidden(error.cause);
}

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
