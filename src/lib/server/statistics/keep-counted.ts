import { inArray } from 'drizzle-orm';
import type { Ctx } from '../core/context.ts';
import { counted_sessions } from '../core/db/schema/index.ts';
import { addToCounters } from './add-to-counters.ts';
import { lockCounters, recountSessions } from './fold.ts';
import { Tally } from './tally.ts';

/**
 * Counts chat sessions as they are now, for good: what they count for stays when they are deleted. For use inside the
 * transaction that erases them.
 */
export async function keepCounted(tx: Ctx, ids: number[]): Promise<void> {
	await lockCounters(tx);
	const tally = new Tally();
	await recountSessions(tx, ids, tally);
	await addToCounters(tx.db, tally);
	await tx.db
		.update(counted_sessions)
		.set({ is_kept: true })
		.where(inArray(counted_sessions.chat_session_id, ids));
}
