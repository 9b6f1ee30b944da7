import { eq, sql, type SQL } from 'drizzle-orm';
import { z } from 'zod';
import { replayStatus, type Replay } from '#lib/contract/test-chat.ts';
import { sendVisitorMessage } from '#lib/server/conversations/messages/index.ts';
import { resolveSession } from '#lib/server/conversations/sessions/unchecked.ts';
import { asSystem, type App, type Ctx } from '#lib/server/core/context.ts';
import type { Db } from '#lib/server/core/db/client.ts';
import { replays } from '#lib/server/core/db/schema/index.ts';
import { record } from '#lib/server/core/db/transaction.ts';

/** The number of consecutive failed turns after which a replay ends. */
const MAX_FAILURES = 3;

/** Subscribes to finished turns of test chats, to advance replays in the same transaction. */
export function subscribeReplays({ events }: App): void {
	events.onRecorded('trial.finished', async (tx, { session_id }) => {
		const { id } = await resolveSession(tx, session_id);
		await advanceReplay(tx, id);
	});
}

const runningReplaySchema = z.object({
	id: z.coerce.number(),
	session_id: z.string(),
	ai_paused: z.boolean(),
	next: z.string().nullable(),
	sent_count: z.number(),
	failures: z.number(),
});

/**
 * Sends the next message of the replay running in a test chat, or ends the replay; does nothing if none is running. Must run
 * in the transaction that ends a turn, so that each turn is followed by exactly one message, regardless of which process ran it.
 */
export async function advanceReplay(tx: Ctx, chatSessionId: number): Promise<void> {
	const { rows } = await tx.db.execute(sql`
		select r.id, s.public_id as session_id, s.ai_paused, r.messages[r.sent_count + 1] as next, r.sent_count,
			(select count(*)::int from (select outcome from ai_turns t where t.chat_session_id = s.id
				order by t.id desc limit ${MAX_FAILURES}) newest where outcome <> 'ok') as failures
		from replays r join chat_sessions s on s.id = r.chat_session_id
		where r.chat_session_id = ${chatSessionId} and r.status = 'running' for update of r`);
	const [replay] = z.array(runningReplaySchema).parse(rows);
	if (!replay) return;
	const { id, session_id, next, sent_count } = replay;
	if (replay.ai_paused) return endReplay(tx, id, 'cancelled');
	if (replay.failures === MAX_FAILURES) return endReplay(tx, id, 'failed');
	if (next === null) return endReplay(tx, id, 'done');
	await tx.db
		.update(replays)
		.set({ sent_count: sent_count + 1 })
		.where(eq(replays.id, id));
	await sendVisitorMessage(asSystem(tx), {
		chat_session_id: chatSessionId,
		session_id,
		message: next,
	});
	await recordReplay(tx, id);
}

async function endReplay(tx: Ctx, id: number, status: Replay['status']): Promise<void> {
	await tx.db
		.update(replays)
		.set({ status, finished_at: tx.app.clock() })
		.where(eq(replays.id, id));
	await recordReplay(tx, id);
}

/** Records `replay.updated` with the replay's current state. Must run in a transaction. */
export async function recordReplay(tx: Ctx, id: number): Promise<Replay | undefined> {
	const found = await findReplay(tx.db, sql`r.id = ${id}`);
	if (found) await record(tx, 'replay.updated', found);
	return found?.replay;
}

const replayRowSchema = z.object({
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

/** Finds the newest replay (alias `r`) that matches a condition, with the user who started it. */
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
	const [row] = z.array(replayRowSchema).parse(rows);
	if (!row) return undefined;
	const { user_id, ...replay } = row;
	const created_at = replay.created_at.toISOString();
	return {
		user_id,
		replay: { ...replay, created_at, finished_at: replay.finished_at?.toISOString() ?? null },
	};
}
