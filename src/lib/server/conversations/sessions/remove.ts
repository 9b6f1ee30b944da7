import { sql } from 'drizzle-orm';
import { z } from 'zod';
import type { Ctx } from '#lib/server/core/context.ts';
import { record } from '#lib/server/core/db/transaction.ts';

const removed = z.array(z.object({ session_id: z.string() }));

/**
 * Takes chat sessions away with all that quotes them: what refers to them goes by itself (messages, lead, notes, reviews,
 * turns, deliveries, mails); here goes what does not. Gives the public ids of those that were still there. For use inside
 * a transaction: checks no right.
 */
export async function removeSessions(tx: Ctx, ids: number[]): Promise<string[]> {
	if (ids.length === 0) return [];
	const given = sql`any(${sql.param(ids)}::bigint[])`;
	// Replays say in a test chat what the visitor said.
	await tx.db.execute(sql`delete from chat_sessions where id in (
		select chat_session_id from replays where source_id = ${given})`);
	await tx.db.execute(sql`delete from messenger_events e using messenger_threads t
		where t.chat_session_id = ${given} and e.page_id = t.page_id and e.psid = t.psid`);
	await tx.db.execute(sql`update audit_entries set detail = '{}' where chat_session_id = ${given}`);
	const { rows } = await tx.db.execute(sql`
		delete from chat_sessions where id = ${given} returning public_id as session_id`);
	const gone = removed.parse(rows);
	for (const fact of gone) await record(tx, 'session.deleted', fact);
	return gone.map(({ session_id }) => session_id);
}
