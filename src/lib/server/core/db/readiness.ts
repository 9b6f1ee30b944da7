import { sql } from 'drizzle-orm';
import type { Db } from './client.ts';
import type { ExhaustionWatch } from './exhaustion.ts';

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
