import { and, eq, ne, sql } from 'drizzle-orm';
import type { CompletionSource } from '#lib/contract/common.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { chat_sessions } from '#lib/server/core/db/schema/index.ts';
import { inTransaction, record } from '#lib/server/core/db/transaction.ts';
import { findSession } from './find.ts';

/**
 * Completes a chat session: the one way to it, for the live reply, ingest, the sweep, the sync, the API and agents.
 * Gives true to the one caller that completed it; running it again changes nothing. For use inside the server.
 */
export function completeSession(
	ctx: Ctx,
	{ chat_session_id, source, at }: { chat_session_id: number; source: CompletionSource; at?: Date },
): Promise<boolean> {
	return inTransaction(ctx, async (tx) => {
		const changed = await tx.db
			.update(chat_sessions)
			.set({
				completion_status: 'complete',
				completion_source: source,
				// Imported chats keep their dates; nothing ends before it began.
				completed_at: at
					? sql`greatest(${chat_sessions.created_at}, ${at.toISOString()}::timestamptz)`
					: ctx.app.clock(),
			})
			.where(
				and(eq(chat_sessions.id, chat_session_id), ne(chat_sessions.completion_status, 'complete')),
			)
			.returning({ id: chat_sessions.id });
		if (changed.length === 0) return false;
		const session = await findSession(tx, chat_session_id);
		if (!session) return false;
		await record(tx, 'session.completed', { session });
		await record(tx, 'session.updated', { session });
		return true;
	});
}
