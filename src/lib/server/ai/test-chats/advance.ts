import { eq, sql } from 'drizzle-orm';
import { z } from 'zod';
import { asSystem, type Ctx } from '#lib/server/core/context.ts';
import { replays } from '#lib/server/core/db/schema/index.ts';
import { sendVisitorMessage } from '#lib/server/conversations/messages/index.ts';
import type { Replay } from '#lib/contract/test-chat.ts';
import { recordReplay } from './internal.ts';

/** An AI that fails this often in a row will not come round. */
const MOST_FAILURES = 3;

const running = z.object({
	id: z.coerce.number(),
	session_id: z.string(),
	ai_paused: z.boolean(),
	next: z.string().nullable(),
	sent_count: z.number(),
	failures: z.number(),
});

/**
 * Says the next message of the replay that runs in a test chat, or ends it; nothing where none runs. For use inside the
 * transaction that ends a turn, so that each turn is followed by one message, whichever process ran it.
 */
export async function advanceReplay(tx: Ctx, chatSessionId: number): Promise<void> {
	const { rows } = await tx.db.execute(sql`
		select r.id, s.public_id as session_id, s.ai_paused, r.messages[r.sent_count + 1] as next, r.sent_count,
			(select count(*)::int from (select outcome from ai_turns t where t.chat_session_id = s.id
				order by t.id desc limit ${MOST_FAILURES}) newest where outcome <> 'ok') as failures
		from replays r join chat_sessions s on s.id = r.chat_session_id
		where r.chat_session_id = ${chatSessionId} and r.status = 'running' for update of r`);
	const [replay] = z.array(running).parse(rows);
	if (!replay) return;
	const { id, session_id, next, sent_count } = replay;
	if (replay.ai_paused) return end(tx, id, 'cancelled');
	if (replay.failures === MOST_FAILURES) return end(tx, id, 'failed');
	if (next === null) return end(tx, id, 'done');
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

async function end(tx: Ctx, id: number, status: Replay['status']): Promise<void> {
	await tx.db
		.update(replays)
		.set({ status, finished_at: tx.app.clock() })
		.where(eq(replays.id, id));
	await recordReplay(tx, id);
}
