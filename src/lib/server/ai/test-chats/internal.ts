import { sql, type SQL } from 'drizzle-orm';
import { z } from 'zod';
import { replayStatus, type Replay } from '#lib/contract/test-chat.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import type { Db } from '#lib/server/core/db/client.ts';
import { record } from '#lib/server/core/db/transaction.ts';
import { conflict } from '#lib/server/core/errors.ts';
import { resolveSession, type SessionRow } from '#lib/server/conversations/sessions/unchecked.ts';

/** The row of a test chat; throws NotFound, and Conflict for a chat of a real visitor. */
export async function resolveTestChat(ctx: Ctx, sessionId: string): Promise<SessionRow> {
	const session = await resolveSession(ctx, sessionId);
	if (session.channel !== 'test') throw conflict('this is the chat of a visitor, not a test');
	return session;
}

const stored = z.object({
	id: z.coerce.number(),
	user_id: z.coerce.number(),
	source_session_id: z.string().nullable(),
	session_id: z.string(),
	status: replayStatus,
	sent: z.number(),
	total: z.number(),
	created_at: z.coerce.date(),
	finished_at: z.coerce.date().nullable(),
});

/** One replay (alias r) with the user whose it is. */
export async function findReplay(
	db: Db,
	where: SQL,
): Promise<{ replay: Replay; user_id: number } | undefined> {
	const { rows } = await db.execute(sql`
		select r.id, r.user_id, source.public_id as source_session_id, s.public_id as session_id, r.status,
			r.sent_count as sent, cardinality(r.messages) as total, r.created_at, r.finished_at
		from replays r join chat_sessions s on s.id = r.chat_session_id
		left join chat_sessions source on source.id = r.source_id
		where ${where} order by r.id desc limit 1`);
	const [row] = z.array(stored).parse(rows);
	if (!row) return undefined;
	const { user_id, ...replay } = row;
	const created_at = replay.created_at.toISOString();
	return {
		user_id,
		replay: { ...replay, created_at, finished_at: replay.finished_at?.toISOString() ?? null },
	};
}

/** Tells of a replay as it is now; for use inside a transaction. */
export async function recordReplay(tx: Ctx, id: number): Promise<Replay | undefined> {
	const found = await findReplay(tx.db, sql`r.id = ${id}`);
	if (found) await record(tx, 'replay.updated', found);
	return found?.replay;
}
