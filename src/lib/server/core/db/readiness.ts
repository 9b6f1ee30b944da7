import { sql } from 'drizzle-orm';
import type { Db } from './client.ts';

/** A database that takes longer for one small commit serves nobody. */
const LIMIT_MS = 3_000;
/** Balancers and monitors ask often, and anybody may: one answer is good for this long. */
const FRESH_MS = 500;

/**
 * Returns a check whether the database can be written, in time and through the pool that stores messages: an empty
 * message in the write-ahead log, committed durably, which leaves no row behind.
 */
export function createWriteCheck(db: Db): () => Promise<boolean> {
	let last: { at: number; answer: Promise<boolean> } | undefined;
	return () => {
		const now = performance.now();
		if (last && now - last.at < FRESH_MS) return last.answer;
		const answer = isWritable(db);
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

/** A role that may not call the function: the database has answered, which must do. */
function isForbidden(error: unknown): boolean {
	if (!(error instanceof Error)) return false;
	return ('code' in error && error.code === '42501') || isForbidden(error.cause);
}
