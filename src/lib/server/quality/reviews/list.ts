import { sql } from 'drizzle-orm';
import type { Review } from '#lib/contract/review.ts';
import { requireTeam } from '#lib/server/core/permissions.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { type Read, readRows, runRead } from '#lib/server/core/db/reads.ts';
import { reviews } from '#lib/server/core/db/schema/index.ts';
import type { SessionHandle, SessionRef } from '#lib/server/conversations/sessions/index.ts';
import { resolveHandle } from '#lib/server/conversations/sessions/unchecked.ts';
import { presentReview } from './internal.ts';

const MAX_REVIEWS = 200;

/** Returns the latest 200 reviews of a chat session, oldest first. Throws `not_found`. */
export async function listReviews(ctx: Ctx, session: SessionRef): Promise<Review[]> {
	requireTeam(ctx, 'sessions:read');
	return runRead(ctx.db, readReviews(await resolveHandle(ctx, session)));
}

/** Returns the query of a chat session's reviews, to run together with other reads. Checks no permission. */
export const readReviews = ({ id }: SessionHandle): Read<Review[]> =>
	readRows(
		reviews,
		sql`select * from reviews where chat_session_id = ${id} order by id desc limit ${MAX_REVIEWS}`,
		(rows) => rows.reverse().map(presentReview),
	);
