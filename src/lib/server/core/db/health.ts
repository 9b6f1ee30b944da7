import { sql } from 'drizzle-orm';
import type { Log } from '../log.ts';
import type { Db } from './client.ts';

/** The maximum time for the test commit, beyond which the database counts as unavailable. */
const TIMEOUT_MS = 3_000;
/** How long the result is cached, because the endpoint is public and polled often. */
const CACHE_MS = 500;

/**
 * Creates a check of whether the database accepts writes in time. It commits an empty message to the write-ahead log, which
 * leaves no row behind, through the application's own pool. On a full disk, this may succeed although tables can't grow,
 * so the check also fails after a recent out-of-space error.
 */
export function createWriteCheck(
	db: Db,
	exhaustion: Pick<ExhaustionWatch, 'isOutOfSpace'>,
): () => Promise<boolean> {
	let cached: { at: number; answer: Promise<boolean> } | undefined;
	return () => {
		const now = performance.now();
		if (cached && now - cached.at < CACHE_MS) return cached.answer;
		const answer = exhaustion.isOutOfSpace() ? Promise.resolve(false) : isWritable(db);
		cached = { at: now, answer };
		return answer;
	};
}

async function isWritable(db: Db): Promise<boolean> {
	let timer: NodeJS.Timeout | undefined;
	const timeout = new Promise<boolean>((resolve) => {
		timer = setTimeout(resolve, TIMEOUT_MS, false);
	});
	const commit = db
		.execute(sql`select pg_logical_emit_message(true, 'frontdesk', '')`)
		.then(() => true, isPermissionDenied);
	try {
		return await Promise.race([commit, timeout]);
	} finally {
		clearTimeout(timer);
	}
}

/** Returns whether the role may not call `pg_logical_emit_message`. A database that says so counts as writable. */
function isPermissionDenied(error: unknown): boolean {
	if (!(error instanceof Error)) return false;
	return ('code' in error && error.code === '42501') || isPermissionDenied(error.cause);
}

const EXHAUSTION_WARNINGS: Record<string, string> = {
	'53100': 'Postgres is out of disk space: nothing can be stored until there is space again',
	'53200': 'Postgres is out of memory',
	'53300': 'Postgres has no free connections: raise max_connections',
	'58030': 'Postgres cannot read or write its files',
};
const WARNING_INTERVAL_MS = 60_000;
/** How long the disk counts as full after an error. Longer than an idle process's write interval, so that its failing writes renew it. */
const OUT_OF_SPACE_MS = 10_000;

export interface ExhaustionWatch {
	/** Handles a database error by its SQLSTATE. */
	onError(sqlstate: string): void;
	/** Returns whether a write failed in the last ten seconds because the disk was full. */
	isOutOfSpace(): boolean;
}

/**
 * Creates a watch that logs problems an administrator must fix, at most once a minute per cause, because failed requests are
 * not logged individually.
 */
export function createExhaustionWatch(log: Log, now = () => performance.now()): ExhaustionWatch {
	const warnedAt = new Map<string, number>();
	let outOfSpaceAt = -OUT_OF_SPACE_MS;
	return {
		onError(sqlstate) {
			if (sqlstate === '53100') outOfSpaceAt = now();
			const warning = EXHAUSTION_WARNINGS[sqlstate];
			if (
				warning === undefined ||
				now() - (warnedAt.get(sqlstate) ?? -WARNING_INTERVAL_MS) < WARNING_INTERVAL_MS
			)
				return;
			warnedAt.set(sqlstate, now());
			log.warn({ sqlstate }, warning);
		},
		isOutOfSpace: () => now() - outOfSpaceAt < OUT_OF_SPACE_MS,
	};
}
