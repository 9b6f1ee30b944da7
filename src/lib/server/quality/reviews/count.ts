import { sql } from 'drizzle-orm';
import { reviewCounts, type ReviewCounts } from '#lib/contract/review-queue.ts';
import { requireTeam } from '#lib/server/core/permissions.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { chat_sessions } from '#lib/server/core/db/schema/index.ts';
import { MAX_COUNT } from './internal.ts';

/** How many chat sessions the queue and the lists of what was decided have, each counted up to 1,000. */
export async function countReviews(ctx: Ctx): Promise<ReviewCounts> {
	requireTeam(ctx, 'sessions:read');
	const count = (where: string) => sql`(select count(*)::int from (
		select 1 from ${chat_sessions} where ${sql.raw(where)} limit ${MAX_COUNT}) counted)`;
	const decided = (status: string) => count(`qa_status = '${status}' and qa_status <> 'unchecked'`);
	const { rows } = await ctx.db.execute(sql`select
		${count("review_queued_at is not null and qa_status = 'unchecked'")} as unchecked,
		${decided('issue')} as issue, ${decided('fixed')} as fixed, ${decided('passed')} as passed`);
	return reviewCounts.parse(rows[0]);
}
