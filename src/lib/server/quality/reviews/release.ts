import { and, eq } from 'drizzle-orm';
import { requirePerson } from '#lib/server/core/permissions.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { review_locks } from '#lib/server/core/db/schema/index.ts';
import { inTransaction, record } from '#lib/server/core/db/transaction.ts';
import { resolveSession } from '#lib/server/conversations/sessions/unchecked.ts';

/** Gives back a chat session that the caller had reserved for a review; nothing happens when it is not theirs. Throws NotFound. */
export async function releaseReview(ctx: Ctx, id: string): Promise<void> {
	const user_id = requirePerson(ctx);
	const { id: chat_session_id, public_id } = await resolveSession(ctx, id);
	await inTransaction(ctx, async (tx) => {
		const released = await tx.db
			.delete(review_locks)
			.where(
				and(eq(review_locks.chat_session_id, chat_session_id), eq(review_locks.user_id, user_id)),
			)
			.returning({ id: review_locks.chat_session_id });
		if (released.length === 0) return;
		await record(tx, 'review.lock_changed', { session_id: public_id, lock: null });
	});
}
