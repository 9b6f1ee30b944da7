import { and, asc, desc, eq, inArray, isNotNull, sql } from 'drizzle-orm';
import type { Page } from '#lib/contract/common.ts';
import {
	reviewListQuery,
	type ReviewItem,
	type ReviewListQuery,
} from '#lib/contract/review-queue.ts';
import { requireTeam } from '#lib/server/core/permissions.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { decodeCursor, toPage } from '#lib/server/core/cursor.ts';
import { afterCursor } from '#lib/server/core/db/keyset.ts';
import { chat_sessions, reviews } from '#lib/server/core/db/schema/index.ts';
import { parse } from '#lib/server/core/parse.ts';
import { presentSession, selectSessions } from '#lib/server/conversations/sessions/unchecked.ts';
import { findLocks } from './locks.ts';
import { presentReview } from './internal.ts';

/**
 * Returns a page of the review queue, longest queued first, or of the chat sessions in another review state, last activity
 * first. Each item has its latest review and its lock.
 */
export async function listReviewItems(ctx: Ctx, input: ReviewListQuery): Promise<Page<ReviewItem>> {
	requireTeam(ctx, 'sessions:read');
	const { qa_status, limit, cursor } = parse(reviewListQuery, input);
	const isQueue = qa_status === 'unchecked';
	const rows = await (
		isQueue ? selectQueue(ctx, cursor) : selectReviewed(ctx, qa_status, cursor)
	).limit(limit + 1);
	const page = toPage(
		rows.map((row) => ({ id: row.session.id, row })),
		limit,
		({ row: { session } }) =>
			((isQueue ? session.review_queued_at : null) ?? session.last_activity_at).toISOString(),
	);
	const ids = page.items.map(({ id }) => id);
	const [locks, latestReviews] = await Promise.all([
		findLocks(ctx, ids),
		findLatestReviews(ctx, ids),
	]);
	return {
		...page,
		items: page.items.map(({ id, row }) => ({
			id,
			session: presentSession(row),
			queued_because: isQueue ? row.session.review_queued_because : null,
			queued_at: isQueue ? (row.session.review_queued_at?.toISOString() ?? null) : null,
			lock: locks.get(id) ?? null,
			review: latestReviews.get(id) ?? null,
		})),
	};
}

/** Uses the index chat_sessions_review_queue. */
function selectQueue({ db }: Ctx, cursor: string | undefined) {
	const { review_queued_at: at, id } = chat_sessions;
	const last = cursor === undefined ? undefined : decodeCursor(cursor);
	const isNext =
		last && sql`(${at}, ${id}) > (${last.at.toISOString()}::timestamptz, ${last.id}::bigint)`;
	return selectSessions(db)
		.where(and(isNotNull(at), eq(chat_sessions.qa_status, 'unchecked'), isNext))
		.orderBy(asc(at), asc(id));
}

/** Uses the index chat_sessions_reviewed. */
function selectReviewed(
	{ db }: Ctx,
	qa_status: ReviewItem['session']['qa_status'],
	cursor?: string,
) {
	const { last_activity_at: at, id } = chat_sessions;
	return selectSessions(db)
		.where(
			and(
				eq(chat_sessions.qa_status, qa_status),
				sql`${chat_sessions.qa_status} <> 'unchecked'`,
				cursor === undefined ? undefined : afterCursor(at, id, cursor),
			),
		)
		.orderBy(desc(at), desc(id));
}

async function findLatestReviews(ctx: Ctx, ids: number[]) {
	if (ids.length === 0) return new Map<number, never>();
	const rows = await ctx.db
		.selectDistinctOn([reviews.chat_session_id])
		.from(reviews)
		.where(inArray(reviews.chat_session_id, ids))
		.orderBy(asc(reviews.chat_session_id), desc(reviews.id));
	return new Map(rows.map((row) => [row.chat_session_id, presentReview(row)]));
}
