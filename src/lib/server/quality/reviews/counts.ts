import { desc, gte, sql } from 'drizzle-orm';
import {
	reviewCounts,
	type ReviewCounts,
	type ReviewerCount,
	reviewerCountsQuery,
	type ReviewerCountsQuery,
} from '#lib/contract/review-queue.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { readFromReplica } from '#lib/server/core/db/reads.ts';
import { chat_sessions, reviews } from '#lib/server/core/db/schema/index.ts';
import { parse } from '#lib/server/core/parse.ts';
import { requireTeam } from '#lib/server/core/permissions.ts';

const MAX_COUNT = 1_000;
const MAX_REVIEWERS = 100;
/** The condition of the index chat_sessions_review_order. */
const QUEUED_CONDITION = "review_queued_at is not null and qa_status = 'unchecked'";
const WEEK_MS = 7 * 24 * 3_600_000;

/** Returns the number of chat sessions in the queue and in each reviewed state, at most 1,000 each. */
export async function countReviews(ctx: Ctx): Promise<ReviewCounts> {
	requireTeam(ctx, 'sessions:read');
	const countRows = (where: string) => sql`(select count(*)::int from (
		select 1 from ${chat_sessions} where ${sql.raw(where)} limit ${MAX_COUNT}) counted)`;
	const countInState = (status: string) =>
		countRows(`qa_status = '${status}' and qa_status <> 'unchecked'`);
	const counts = sql`select
		${countRows(QUEUED_CONDITION)} as unchecked, ${countRows(`${QUEUED_CONDITION} and (not is_flagged) = false`)} as flagged,
		${countInState('issue')} as issue, ${countInState('fixed')} as fixed, ${countInState('passed')} as passed`;
	const { rows } = await readFromReplica(ctx, ({ db }) => db.execute(counts));
	return reviewCounts.parse(rows[0]);
}

/** Returns each reviewer's decisions since `from`, or in the last seven days: the most active first, at most 100. */
export async function countByReviewer(
	ctx: Ctx,
	input: ReviewerCountsQuery,
): Promise<ReviewerCount[]> {
	requireTeam(ctx, 'sessions:read');
	const { from } = parse(reviewerCountsQuery, input);
	const since = from ? new Date(from) : new Date(ctx.app.clock().getTime() - WEEK_MS);
	const countDecisions = (status: string) =>
		sql<number>`(count(*) filter (where ${reviews.qa_status} = ${status}))::int`;
	const total = sql`count(*) filter (where ${reviews.qa_status} <> 'unchecked')`;
	return (
		ctx.db
			.select({
				reviewer: sql<string>`(array_agg(${reviews.reviewer} order by ${reviews.id} desc))[1]`,
				reviewer_id: reviews.user_id,
				passed: countDecisions('passed'),
				issue: countDecisions('issue'),
				fixed: countDecisions('fixed'),
			})
			.from(reviews)
			.where(gte(reviews.created_at, since))
			// API clients and deleted users have no user ID, so they are grouped by name.
			.groupBy(
				reviews.user_id,
				sql`case when ${reviews.user_id} is null then ${reviews.reviewer} end`,
			)
			.having(sql`${total} > 0`)
			.orderBy(desc(total))
			.limit(MAX_REVIEWERS)
	);
}
