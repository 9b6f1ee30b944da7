import { and, eq, sql, type SQL } from 'drizzle-orm';
import { z } from 'zod';
import type { ReviewLock } from '#lib/contract/review.ts';
import {
	nextReviewInput,
	type NextReviewInput,
	type QueueOrder,
} from '#lib/contract/review-queue.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { type Read, runRead } from '#lib/server/core/db/reads.ts';
import { review_locks } from '#lib/server/core/db/schema/index.ts';
import { inTransaction, record } from '#lib/server/core/db/transaction.ts';
import { conflict } from '#lib/server/core/errors.ts';
import { parse } from '#lib/server/core/parse.ts';
import { requirePerson, requireTeam } from '#lib/server/core/permissions.ts';
import { resolveSession } from '#lib/server/conversations/sessions/unchecked.ts';

const LOCK_MS = 5 * 60_000;
/** The maximum number of chat sessions to try when colleagues lock them first. */
const MAX_ATTEMPTS = 5;

/**
 * Locks a chat session for the caller's review for five minutes, or renews the lock. Throws `conflict` with the name of the
 * colleague who holds it, `not_found`, and `forbidden` unless the caller is a user.
 */
export async function claimReview(ctx: Ctx, id: string): Promise<ReviewLock> {
	const user_id = requirePerson(ctx);
	const session = await resolveSession(ctx, id);
	const lock = await inTransaction(ctx, (tx) =>
		acquireLock(tx, { chat_session_id: session.id, user_id }),
	);
	if (lock) return lock;
	const current = (await findLocks(ctx, [session.id])).get(session.id);
	throw current
		? createLockConflict(current)
		: conflict('a colleague was reviewing this chat until just now; try again');
}

/**
 * Locks for the caller the next chat session in the queue that no colleague is reviewing: the one that follows `after`, or the
 * first one if none follows. Returns null when there is none. Concurrent callers get different chat sessions.
 */
export async function claimNextReview(
	ctx: Ctx,
	input: NextReviewInput,
): Promise<ReviewLock | null> {
	const user_id = requirePerson(ctx);
	const next = parse(nextReviewInput, input);
	for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
		const lock = await lockNextSession(ctx, user_id, next);
		if (lock !== undefined) return lock;
	}
	return null;
}

/** Returns the lock, null when no chat session is free, or undefined when a colleague locked it first. */
function lockNextSession(
	ctx: Ctx,
	user_id: number,
	{ after, order }: { after?: string | undefined; order: QueueOrder },
) {
	return inTransaction(ctx, async (tx) => {
		const find = order === 'oldest' ? findOldestUnlocked : findNewestUnlocked;
		const chat_session_id =
			(after && (await find(tx, user_id, afterConditions[order](after)))) ||
			(await find(tx, user_id, after ? sql`s.public_id <> ${after}` : sql`true`));
		return chat_session_id ? acquireLock(tx, { chat_session_id, user_id }) : null;
	});
}

/** Conditions for the chat sessions that follow `after` in the queue. */
const afterConditions: Record<QueueOrder, (after: string) => SQL> = {
	oldest: (after) => sql`((not s.is_flagged), s.review_queued_at, s.id) > (
		select not is_flagged, review_queued_at, id from chat_sessions where public_id = ${after})`,
	newest: (after) => sql`(s.review_queued_at, s.id) < (
		select review_queued_at, id from chat_sessions where public_id = ${after})`,
};

async function findOldestUnlocked(tx: Ctx, user_id: number, where: SQL) {
	const order = sql`(not s.is_flagged), s.review_queued_at, s.id`;
	return (await findUnlockedSession(tx, user_id, where, order))?.id;
}

/** Reads the flagged chat sessions and the others separately, each from the end of the index. */
async function findNewestUnlocked(tx: Ctx, user_id: number, where: SQL) {
	const order = sql`(not s.is_flagged) desc, s.review_queued_at desc, s.id desc`;
	const flagged = sql`(not s.is_flagged) = false and ${where}`;
	const others = sql`(not s.is_flagged) = true and ${where}`;
	const found = [
		await findUnlockedSession(tx, user_id, flagged, order),
		await findUnlockedSession(tx, user_id, others, order),
	].flatMap((row) => row ?? []);
	return found.sort((a, b) => b.at.getTime() - a.at.getTime() || b.id - a.id)[0]?.id;
}

const queuedRows = z.array(z.object({ id: z.coerce.number(), at: z.coerce.date() }));

/** Returns the first chat session in an order of the index chat_sessions_review_order that no colleague is reviewing. */
async function findUnlockedSession(tx: Ctx, user_id: number, where: SQL, order: SQL) {
	const now = tx.app.clock().toISOString();
	const { rows } = await tx.db.execute(sql`
		select s.id, s.review_queued_at as at from chat_sessions s
		where s.review_queued_at is not null and s.qa_status = 'unchecked' and ${where}
			and not exists (select 1 from review_locks l where l.chat_session_id = s.id
				and l.locked_until > ${now}::timestamptz and l.user_id <> ${user_id})
		order by ${order} limit 1
		for no key update of s skip locked`);
	return queuedRows.parse(rows)[0];
}

/**
 * Acquires or renews a user's lock on a chat session, in the caller's transaction; returns undefined when a colleague holds it.
 * One statement decides, so of two concurrent callers only one succeeds. Doesn't check permissions.
 */
async function acquireLock(
	tx: Ctx,
	{ chat_session_id, user_id }: { chat_session_id: number; user_id: number },
): Promise<ReviewLock | undefined> {
	const now = tx.app.clock();
	const until = new Date(now.getTime() + LOCK_MS);
	const { rows } = await tx.db.execute(sql`
		insert into review_locks as current (chat_session_id, user_id, locked_until)
		values (${chat_session_id}, ${user_id}, ${until.toISOString()}::timestamptz)
		on conflict (chat_session_id) do update
			set user_id = excluded.user_id, locked_until = excluded.locked_until
			where current.user_id = excluded.user_id or current.locked_until <= ${now.toISOString()}::timestamptz
		returning chat_session_id`);
	if (rows.length === 0) return undefined;
	const lock = (await findLocks(tx, [chat_session_id])).get(chat_session_id);
	if (lock) await record(tx, 'review.lock_changed', { session_id: lock.session_id, lock });
	return lock;
}

/** Releases the caller's lock on a chat session; does nothing when they hold none. Throws `not_found`. */
export async function releaseReview(ctx: Ctx, id: string): Promise<void> {
	const user_id = requirePerson(ctx);
	const { id: chat_session_id, public_id } = await resolveSession(ctx, id);
	await inTransaction(ctx, async (tx) => {
		const releasedRows = await tx.db
			.delete(review_locks)
			.where(
				and(eq(review_locks.chat_session_id, chat_session_id), eq(review_locks.user_id, user_id)),
			)
			.returning({ id: review_locks.chat_session_id });
		if (releasedRows.length === 0) return;
		await record(tx, 'review.lock_changed', { session_id: public_id, lock: null });
	});
}

/** Returns who is reviewing a chat session, or null. Throws `not_found`. */
export async function findReviewLock(ctx: Ctx, sessionId: string): Promise<ReviewLock | null> {
	requireTeam(ctx, 'sessions:read');
	const { id } = await resolveSession(ctx, sessionId);
	return (await findLocks(ctx, [id])).get(id) ?? null;
}

/** Returns the current locks by the chat session's row ID. Doesn't check permissions. */
export const findLocks = (ctx: Ctx, ids: number[]): Promise<Map<number, ReviewLock>> =>
	runRead(ctx.db, readLocks(ctx, ids));

const lockRows = z.array(
	z.object({
		id: z.coerce.number(),
		session_id: z.string(),
		reviewer_id: z.coerce.number(),
		reviewer: z.string(),
		until: z.coerce.date(),
	}),
);

/** Returns a query for the current locks, to run together with other reads. */
export const readLocks = ({ app }: Ctx, ids: number[]): Read<Map<number, ReviewLock>> => ({
	query: sql`
		select l.chat_session_id as id, s.public_id as session_id, u.id as reviewer_id, u.name as reviewer, l.locked_until as until
		from review_locks l join chat_sessions s on s.id = l.chat_session_id join users u on u.id = l.user_id
		where l.chat_session_id = any(${sql.param(ids)}::bigint[])
			and l.locked_until > ${app.clock().toISOString()}::timestamptz`,
	parse: (rows) =>
		new Map(
			lockRows
				.parse(rows)
				.map(({ id, session_id, reviewer_id, reviewer, until }) => [
					id,
					{ session_id, reviewer: { id: reviewer_id, name: reviewer }, until: until.toISOString() },
				]),
		),
});

/** Creates the error for a chat session that a colleague is reviewing. */
export const createLockConflict = ({ reviewer }: Pick<ReviewLock, 'reviewer'>) =>
	conflict(`${reviewer.name} is reviewing this chat; choose another one`);
