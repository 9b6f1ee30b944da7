import { and, asc, desc, eq, isNotNull, sql } from 'drizzle-orm';
import type { Page } from '#lib/contract/common.ts';
import {
	type ReviewItem,
	reviewListQuery,
	type ReviewListQuery,
} from '#lib/contract/review-queue.ts';
import type { Review } from '#lib/contract/review.ts';
import type { SessionHandle, SessionRef } from '#lib/server/conversations/sessions/index.ts';
import {
	presentSession,
	resolveHandle,
	selectSessions,
} from '#lib/server/conversations/sessions/unchecked.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { afterCursor, decodeCursor, toPage } from '#lib/server/core/db/keyset.ts';
import {
	type Read,
	readFromReplica,
	readRows,
	runRead,
	runReads,
} from '#lib/server/core/db/reads.ts';
import { chat_sessions, reviews } from '#lib/server/core/db/schema/index.ts';
import { parse } from '#lib/server/core/parse.ts';
import { requireTeam } from '#lib/server/core/permissions.ts';
import { readOpenFlags } from '../checks/unchecked.ts';
import { readLocks } from './locks.ts';

const MAX_REVIEWS = 200;

/** Returns the latest 200 reviews of a chat session, oldest first. Throws `not_found`. */
export async function listReviews(ctx: Ctx, session: SessionRef): Promise<Review[]> {
	requireTeam(ctx, 'sessions:read');
	return runRead(ctx.db, readReviews(await resolveHandle(ctx, session)));
}

/** Returns a query for a chat session's reviews, to run together with other reads. Doesn't check permissions. */
export const readReviews = ({ id }: SessionHandle): Read<Review[]> =>
	readRows(
		reviews,
		sql`select * from reviews where chat_session_id = ${id} order by id desc limit ${MAX_REVIEWS}`,
		(rows) => rows.reverse().map(presentReview),
	);

/**
 * Returns a page of the review queue (flagged chats first, then the longest queued; or the newest first), or of the chat
 * sessions in another review state, most recent activity first. Each item has its latest review, its lock and its flags.
 */
export async function listReviewItems(ctx: Ctx, input: ReviewListQuery): Promise<Page<ReviewItem>> {
	requireTeam(ctx, 'sessions:read');
	const query = parse(reviewListQuery, input);
	return readFromReplica(ctx, (replica) => readPage(replica, query));
}

async function readPage(ctx: Ctx, query: ParsedReviewQuery): Promise<Page<ReviewItem>> {
	const { qa_status, limit } = query;
	const isQueue = qa_status === 'unchecked';
	const isNewestFirst = isQueue && query.order === 'newest';
	const rows = await selectRows(ctx, query);
	const { items, next_cursor } = toPage(
		rows.map((row) => ({ id: row.session.id, row })),
		limit,
		({ row: { session } }) =>
			((isQueue ? session.review_queued_at : null) ?? session.last_activity_at).toISOString(),
	);
	const isLastFlagged = items.at(-1)?.row.session.is_flagged ?? false;
	return {
		items: await addDetails(ctx, items, isQueue),
		next_cursor:
			isQueue && !isNewestFirst && isLastFlagged && next_cursor
				? FLAGGED_CURSOR_PREFIX + next_cursor
				: next_cursor,
	};
}

/** Marks the cursors of flagged chats, which come first. */
const FLAGGED_CURSOR_PREFIX = '~';

async function addDetails(
	ctx: Ctx,
	items: { id: number; row: Parameters<typeof presentSession>[0] }[],
	isQueue: boolean,
): Promise<ReviewItem[]> {
	if (items.length === 0) return [];
	const ids = items.map(({ id }) => id);
	const details = await runReads(ctx.db, {
		locks: readLocks(ctx, ids),
		reviews: readLatestReviews(ids),
		flags: readOpenFlags(ids),
	});
	return items.map(({ id, row }) => ({
		id,
		session: presentSession(row),
		queued_because: isQueue ? row.session.review_queued_because : null,
		queued_at: isQueue ? (row.session.review_queued_at?.toISOString() ?? null) : null,
		lock: details.locks.get(id) ?? null,
		review: details.reviews.get(id) ?? null,
		flags: details.flags.get(id) ?? [],
	}));
}

type ParsedReviewQuery = ReturnType<typeof reviewListQuery.parse>;

/** Selects the rows of a page, and one more to tell whether another page follows. */
async function selectRows(ctx: Ctx, query: ParsedReviewQuery) {
	const { qa_status, order, limit } = query;
	if (qa_status !== 'unchecked') return selectReviewed(ctx, query).limit(limit + 1);
	if (order === 'oldest') return selectQueue(ctx, query).limit(limit + 1);
	const groups = query.flagged === undefined ? [true, false] : [query.flagged];
	const rows = await Promise.all(
		groups.map((flagged) => selectNewest(ctx, { ...query, flagged }).limit(limit + 1)),
	);
	const getQueuedAt = ({ session }: (typeof rows)[number][number]) =>
		session.review_queued_at?.getTime() ?? 0;
	return rows
		.flat()
		.sort((a, b) => getQueuedAt(b) - getQueuedAt(a) || b.session.id - a.session.id)
		.slice(0, limit + 1);
}

/** Selects the flagged chats or the others, newest first. Reads the index chat_sessions_review_order backward. */
function selectNewest({ db }: Ctx, { cursor, flagged }: ParsedReviewQuery) {
	const { review_queued_at: at, id, is_flagged } = chat_sessions;
	return selectSessions(db)
		.where(
			and(
				isNotNull(at),
				eq(chat_sessions.qa_status, 'unchecked'),
				sql`(not ${is_flagged}) = ${!flagged}`,
				cursor === undefined ? undefined : afterCursor(at, id, cursor),
			),
		)
		.orderBy(sql`(not ${is_flagged}) desc`, desc(at), desc(id));
}

/** Selects the queue, flagged chats first, then the longest queued. Uses the index chat_sessions_review_order. */
function selectQueue({ db }: Ctx, { cursor, flagged }: ParsedReviewQuery) {
	const { review_queued_at: at, id, is_flagged } = chat_sessions;
	const isCursorFlagged = cursor?.startsWith(FLAGGED_CURSOR_PREFIX) ?? false;
	const cursorPosition =
		cursor === undefined ? undefined : decodeCursor(cursor.replace(FLAGGED_CURSOR_PREFIX, ''));
	const cursorCondition =
		cursorPosition &&
		sql`((not ${is_flagged}), ${at}, ${id}) > (${!isCursorFlagged}, ${cursorPosition.at.toISOString()}::timestamptz, ${cursorPosition.id}::bigint)`;
	return selectSessions(db)
		.where(
			and(
				isNotNull(at),
				eq(chat_sessions.qa_status, 'unchecked'),
				flagged === undefined ? undefined : sql`(not ${is_flagged}) = ${!flagged}`,
				cursorCondition,
			),
		)
		.orderBy(sql`(not ${is_flagged})`, asc(at), asc(id));
}

/** Selects chat sessions in another review state, most recent activity first. Uses the index chat_sessions_reviewed. */
function selectReviewed({ db }: Ctx, { qa_status, cursor }: ParsedReviewQuery) {
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

const readLatestReviews = (ids: number[]): Read<Map<number, Review>> =>
	readRows(
		reviews,
		sql`select distinct on (chat_session_id) * from reviews
			where chat_session_id = any(${sql.param(ids)}::bigint[]) order by chat_session_id, id desc`,
		(rows) => new Map(rows.map((row) => [row.chat_session_id, presentReview(row)])),
	);

/** Returns a review as the API, events and screens show it. */
export const presentReview = (row: typeof reviews.$inferSelect): Review => ({
	id: row.id,
	from_status: row.from_status,
	qa_status: row.qa_status,
	reasons: row.reasons,
	notes: row.notes,
	developer_feedback: row.developer_feedback,
	expected: row.expected,
	message_id: row.message_id,
	reviewer: row.reviewer,
	reviewer_id: row.user_id,
	created_at: row.created_at.toISOString(),
});
