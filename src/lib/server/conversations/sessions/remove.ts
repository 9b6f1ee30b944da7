import { sql } from 'drizzle-orm';
import { z } from 'zod';
import type { Ctx } from '#lib/server/core/context.ts';
import { record } from '#lib/server/core/db/transaction.ts';
import { eraseQuotes } from './erase-quotes.ts';

const removed = z.array(z.object({ session_id: z.string() }));

/**
 * Takes chat sessions away with all that quotes them: what refers to them goes by itself (messages, lead, notes, reviews,
 * turns, deliveries, mails); here goes what does not, also what failures and alerts quote. Gives the public ids of those that were still there. For use inside
 * a transaction: checks no right.
 */
export async function removeSessions(tx: Ctx, ids: number[]): Promise<string[]> {
	if (ids.length === 0) return [];
	const given = sql`any(${sql.param(ids)}::bigint[])`;
	const repeated = await findReplays(tx, ids);
	await eraseQuotes(tx, [...ids, ...repeated]);
	await tx.db.execute(
		sql`delete from chat_sessions where id = any(${sql.param(repeated)}::bigint[])`,
	);
	await tx.db.execute(sql`delete from messenger_events e using messenger_threads t
		where t.chat_session_id = ${given} and e.page_id = t.page_id and e.psid = t.psid`);
	await tx.db.execute(sql`update audit_entries set detail = '{}' where chat_session_id = ${given}`);
	const { rows } = await tx.db.execute(sql`
		delete from chat_sessions where id = ${given} returning public_id as session_id`);
	const gone = removed.parse(rows);
	for (const event of gone) await record(tx, 'session.deleted', event);
	return gone.map(({ session_id }) => session_id);
}

const found = z.array(z.object({ id: z.coerce.number() }));

/** Returns the test chats in which replays say again what was said in these chats, also replays of replays. */
async function findReplays(tx: Ctx, ids: number[]): Promise<number[]> {
	const { rows } = await tx.db.execute(sql`
		with recursive repeated (id) as (
			select chat_session_id from replays where source_id = any(${sql.param(ids)}::bigint[])
			union select r.chat_session_id from replays r join repeated on r.source_id = repeated.id
		)
		select id from repeated where id <> all(${sql.param(ids)}::bigint[])`);
	return found.parse(rows).map(({ id }) => id);
}
