import { and, eq } from 'drizzle-orm';
import type { Ctx } from '#lib/server/core/context.ts';
import { chat_sessions } from '#lib/server/core/db/schema/index.ts';
import { inTransaction, record } from '#lib/server/core/db/transaction.ts';
import { byId } from './present.ts';
import { findSession } from './find.ts';

/**
 * A person answers from somewhere else, such as a page's own inbox: the AI is silent from now on, as after a takeover,
 * until somebody of the team hands the chat session back. For use inside the server.
 */
export async function pauseAi(ctx: Ctx, chatSessionId: number, name: string): Promise<void> {
	await inTransaction(ctx, async (tx) => {
		const [row] = await tx.db
			.update(chat_sessions)
			.set({ ai_paused: true, is_awaiting_reply: false, turn_id: null, turn_lease_until: null })
			.where(and(byId(chatSessionId), eq(chat_sessions.ai_paused, false)))
			.returning({ id: chat_sessions.id });
		const session = row && (await findSession(tx, row.id));
		if (!session) return;
		await record(tx, 'agent.joined', { session_id: session.session_id, name });
		await record(tx, 'session.updated', { session });
	});
}
