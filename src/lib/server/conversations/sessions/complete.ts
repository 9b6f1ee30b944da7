import { and, eq, ne, sql } from 'drizzle-orm';
import type { CompletionSource } from '#lib/contract/common.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { chat_sessions } from '#lib/server/core/db/schema/index.ts';
import { inTransaction, record } from '#lib/server/core/db/transaction.ts';
import { findSession } from './get.ts';

/**
 * Completes a chat session; every way of completing one ends here: live reply, ingest, sweep, sync, API and agents. Returns
 * true only to the caller that completed it; idempotent. Checks no permission.
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
				// Imported chats keep their dates, but can't end before they started.
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

const APOSTROPHES = /[\u2018\u2019\u201b\u02bc\u2032\uff07`´]/g;

const normalize = (text: string) =>
	text.normalize('NFKC').replace(APOSTROPHES, "'").replace(/\s+/g, ' ').toLowerCase().trim();

/** Whether a text contains one of the phrases, ignoring case, typographic apostrophes and repeated whitespace. */
export function containsCompletionPhrase(text: string, phrases: string[]): boolean {
	const normalized = normalize(text);
	return phrases.some((phrase) => {
		const part = normalize(phrase);
		return part !== '' && normalized.includes(part);
	});
}
