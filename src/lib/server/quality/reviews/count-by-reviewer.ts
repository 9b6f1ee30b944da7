import { desc, gte, sql } from 'drizzle-orm';
import {
	reviewerCountsQuery,
	type ReviewerCount,
	type ReviewerCountsQuery,
} from '#lib/contract/review-queue.ts';
import { requireTeam } from '#lib/server/core/permissions.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { reviews } from '#lib/server/core/db/schema/index.ts';
import { parse } from '#lib/server/core/parse.ts';

const WEEK_MS = 7 * 24 * 3_600_000;
const MOST_REVIEWERS = 100;

/** What each reviewer has decided since `from`, or in the last seven days: whoever decided most first, at most 100. */
export async function countByReviewer(
	ctx: Ctx,
	input: ReviewerCountsQuery,
): Promise<ReviewerCount[]> {
	requireTeam(ctx, 'sessions:read');
	const { from } = parse(reviewerCountsQuery, input);
	const since = from ? new Date(from) : new Date(ctx.app.clock().getTime() - WEEK_MS);
	const decided = (status: string) =>
		sql<number>`(count(*) filter (where ${reviews.qa_status} = ${status}))::int`;
	const total = sql`count(*) filter (where ${reviews.qa_status} <> 'unchecked')`;
	return (
		ctx.db
			.select({
				reviewer: sql<string>`(array_agg(${reviews.reviewer} order by ${reviews.id} desc))[1]`,
				reviewer_id: reviews.user_id,
				passed: decided('passed'),
				issue: decided('issue'),
				fixed: decided('fixed'),
			})
			.from(reviews)
			.where(gte(reviews.created_at, since))
			// Of programs and of people who are gone only the name is left.
			.groupBy(
				reviews.user_id,
				sql`case when ${reviews.user_id} is null then ${reviews.reviewer} end`,
			)
			.having(sql`${total} > 0`)
			.orderBy(desc(total))
			.limit(MOST_REVIEWERS)
	);
}
