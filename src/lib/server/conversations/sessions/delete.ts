import { eq, sql } from 'drizzle-orm';
import { z } from 'zod';
import type { Ctx } from '#lib/server/core/context.ts';
import { deleted_sessions } from '#lib/server/core/db/schema/index.ts';
import { inTransaction, record } from '#lib/server/core/db/transaction.ts';
import { notFound } from '#lib/server/core/errors.ts';
import { requireAdmin, requireRecentSignIn } from '#lib/server/core/permissions.ts';
import { sha256 } from '#lib/server/core/secrets.ts';
import { audit } from '#lib/server/team/audit/unchecked.ts';
import { eraseQuotes } from './erase-quotes.ts';
import { GENERATED_SESSION_ID, resolveSession } from './get.ts';

/** Permanently deletes a chat session with all its data, including its statistics. Admins only. Throws `not_found`. */
export async function deleteSession(ctx: Ctx, id: string): Promise<void> {
	requireAdmin(ctx);
	requireRecentSignIn(ctx);
	await inTransaction(ctx, async (tx) => {
		const session = await resolveSession(tx, id, 'update');
		const [session_id] = await removeSessions(tx, [session.id]);
		if (!session_id) throw notFound(`chat session ${id.slice(0, 60)}`);
		const target = { type: 'chat_session', id: session_id, name: session_id };
		await audit(tx, { action: 'session.deleted', target });
	});
}

const removedRowsSchema = z.array(z.object({ session_id: z.string() }));

/**
 * Deletes chat sessions and everything that quotes them. Returns the public ids of those that still existed. Cascading
 * foreign keys delete their messages, leads, notes, reviews, turns, deliveries and mails; this deletes the rest: replays,
 * Messenger events, and quotes in failures, alerts and audit entries. Requires a transaction. Doesn't check permissions.
 */
export async function removeSessions(tx: Ctx, ids: number[]): Promise<string[]> {
	if (ids.length === 0) return [];
	const anyOfIds = sql`any(${sql.param(ids)}::bigint[])`;
	const replays = await findReplays(tx, ids);
	await eraseQuotes(tx, [...ids, ...replays]);
	await tx.db.execute(
		sql`delete from chat_sessions where id = any(${sql.param(replays)}::bigint[])`,
	);
	await tx.db.execute(sql`delete from messenger_events e using messenger_threads t
		where t.chat_session_id = ${anyOfIds} and e.page_id = t.page_id and e.psid = t.psid`);
	await tx.db.execute(
		sql`update audit_entries set detail = '{}' where chat_session_id = ${anyOfIds}`,
	);
	const { rows } = await tx.db.execute(sql`
		delete from chat_sessions where id = ${anyOfIds} returning public_id as session_id`);
	const removed = removedRowsSchema.parse(rows);
	await recordDeletedIds(
		tx,
		removed.map(({ session_id }) => session_id),
	);
	for (const event of removed) await record(tx, 'session.deleted', event);
	return removed.map(({ session_id }) => session_id);
}

/** Stores the hashes of deleted ids, so that they aren't reused. Excludes ids chosen by other systems, such as phone numbers, which may start a new chat. */
async function recordDeletedIds({ app, db }: Ctx, sessionIds: string[]): Promise<void> {
	const hashes = sessionIds.filter((id) => GENERATED_SESSION_ID.test(id)).map(sha256);
	if (hashes.length === 0) return;
	const deleted_at = app.clock();
	await db
		.insert(deleted_sessions)
		.values(hashes.map((id_hash) => ({ id_hash, deleted_at })))
		.onConflictDoNothing();
}

/**
 * Returns whether a chat session with this id was deleted. Always false for ids that Frontdesk didn't generate. Doesn't check
 * permissions.
 */
export async function isDeletedSession({ db }: Ctx, id: string): Promise<boolean> {
	if (!GENERATED_SESSION_ID.test(id)) return false;
	return (await db.$count(deleted_sessions, eq(deleted_sessions.id_hash, sha256(id)))) > 0;
}

const idRowsSchema = z.array(z.object({ id: z.coerce.number() }));

/** Returns the test chats that replay these chats or run a test case created from them, including replays of replays. */
async function findReplays(tx: Ctx, ids: number[]): Promise<number[]> {
	const { rows } = await tx.db.execute(sql`
		with recursive replay (id) as (
			select chat_session_id from replays where source_id = any(${sql.param(ids)}::bigint[])
			union select r.chat_session_id from cases c join suite_run_cases r on r.case_id = c.id
				where c.source_id = any(${sql.param(ids)}::bigint[]) and r.chat_session_id is not null
			union select r.chat_session_id from replays r join replay on r.source_id = replay.id
		)
		select id from replay where id <> all(${sql.param(ids)}::bigint[])`);
	return idRowsSchema.parse(rows).map(({ id }) => id);
}
