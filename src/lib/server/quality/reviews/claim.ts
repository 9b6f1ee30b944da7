import type { ReviewLock } from '#lib/contract/review.ts';
import { requirePerson } from '#lib/server/core/permissions.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { inTransaction } from '#lib/server/core/db/transaction.ts';
import { conflict } from '#lib/server/core/errors.ts';
import { resolveSession } from '#lib/server/conversations/sessions/unchecked.ts';
import { findLocks } from './find-locks.ts';
import { isTaken } from './internal.ts';
import { takeLock } from './take-lock.ts';

/**
 * Reserves a chat session for the caller's review for five minutes, or for five more; throws Conflict naming the
 * colleague who has it, NotFound, and Forbidden for whoever is not a person.
 */
export async function claimReview(ctx: Ctx, id: string): Promise<ReviewLock> {
	const user_id = requirePerson(ctx);
	const session = await resolveSession(ctx, id);
	const lock = await inTransaction(ctx, (tx) =>
		takeLock(tx, { chat_session_id: session.id, user_id }),
	);
	if (lock) return lock;
	const held = (await findLocks(ctx, [session.id])).get(session.id);
	throw held ? isTaken(held) : conflict('a colleague had this chat until now; try again');
}
