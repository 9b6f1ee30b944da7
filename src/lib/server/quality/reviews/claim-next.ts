import { sql, type SQL } from 'drizzle-orm';
import { z } from 'zod';
import type { ReviewLock } from '#lib/contract/review.ts';
import { nextReviewInput, type NextReviewInput } from '#lib/contract/review-queue.ts';
import { requirePerson } from '#lib/server/core/permissions.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { inTransaction } from '#lib/server/core/db/transaction.ts';
import { parse } from '#lib/server/core/parse.ts';
import { takeLock } from './take-lock.ts';

/** Somebody else may be faster with the one that was found; then the next is looked for, so often. */
const TRIES = 5;

/**
 * Reserves the next chat session of the queue that nobody reviews: the one after `after`, from the end on the first
 * again. Null when there is none. No two callers are given the same.
 */
export async function claimNextReview(
	ctx: Ctx,
	input: NextReviewInput,
): Promise<ReviewLock | null> {
	const user_id = requirePerson(ctx);
	const { after } = parse(nextReviewInput, input);
	for (let tried = 0; tried < TRIES; tried++) {
		const found = await claimOne(ctx, user_id, after);
		if (found === null) return null;
		if (found) return found;
	}
	return null;
}

/** The lock; null when nothing is free; undefined when somebody else was faster. */
function claimOne(ctx: Ctx, user_id: number, after: string | undefined) {
	return inTransaction(ctx, async (tx) => {
		const chat_session_id =
			(after && (await findFree(tx, user_id, behind(after)))) ||
			(await findFree(tx, user_id, after ? sql`s.public_id <> ${after}` : sql`true`));
		return chat_session_id ? takeLock(tx, { chat_session_id, user_id }) : null;
	});
}

/** After a chat session in the order of the queue; read by chat_sessions_review_queue. */
const behind = (after: string) => sql`(s.review_queued_at, s.id) > (
	select review_queued_at, id from chat_sessions where public_id = ${after})`;

const found = z.array(z.object({ id: z.coerce.number() }));

async function findFree(tx: Ctx, user_id: number, where: SQL): Promise<number | undefined> {
	const now = tx.app.clock().toISOString();
	const { rows } = await tx.db.execute(sql`
		select s.id from chat_sessions s
		where s.review_queued_at is not null and s.qa_status = 'unchecked' and ${where}
			and not exists (select 1 from review_locks l where l.chat_session_id = s.id
				and l.locked_until > ${now}::timestamptz and l.user_id <> ${user_id})
		order by s.review_queued_at, s.id limit 1
		for no key update of s skip locked`);
	return found.parse(rows)[0]?.id;
}
