import { desc, eq } from 'drizzle-orm';
import type { Review } from '#lib/contract/review.ts';
import { requireTeam } from '#lib/server/core/permissions.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { reviews } from '#lib/server/core/db/schema/index.ts';
import { resolveSession } from '#lib/server/conversations/sessions/index.ts';
import { presentReview } from './internal.ts';

/** The history of a chat session's review, oldest first: its latest 200 steps; throws NotFound. */
export async function listReviews(ctx: Ctx, sessionId: string): Promise<Review[]> {
	requireTeam(ctx, 'sessions:read');
	const session = await resolveSession(ctx, sessionId);
	const rows = await ctx.db
		.select()
		.from(reviews)
		.where(eq(reviews.chat_session_id, session.id))
		.orderBy(desc(reviews.id))
		.limit(200);
	return rows.reverse().map(presentReview);
}
