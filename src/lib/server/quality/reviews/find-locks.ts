import { and, eq, gt, inArray } from 'drizzle-orm';
import type { ReviewLock } from '#lib/contract/review.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { chat_sessions, review_locks, users } from '#lib/server/core/db/schema/index.ts';

/** The locks that hold now, by the chat session's row id. For use inside the server: checks no right. */
export async function findLocks(
	ctx: Ctx,
	chatSessionIds: number[],
): Promise<Map<number, ReviewLock>> {
	if (chatSessionIds.length === 0) return new Map();
	const rows = await ctx.db
		.select({
			id: review_locks.chat_session_id,
			session_id: chat_sessions.public_id,
			reviewer: { id: users.id, name: users.name },
			until: review_locks.locked_until,
		})
		.from(review_locks)
		.innerJoin(chat_sessions, eq(chat_sessions.id, review_locks.chat_session_id))
		.innerJoin(users, eq(users.id, review_locks.user_id))
		.where(
			and(
				inArray(review_locks.chat_session_id, chatSessionIds),
				gt(review_locks.locked_until, ctx.app.clock()),
			),
		);
	return new Map(
		rows.map(({ id, until, ...lock }) => [id, { ...lock, until: until.toISOString() }]),
	);
}
