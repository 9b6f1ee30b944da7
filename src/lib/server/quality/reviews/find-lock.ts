import type { ReviewLock } from '#lib/contract/review.ts';
import { requireTeam } from '#lib/server/core/permissions.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { resolveSession } from '#lib/server/conversations/sessions/unchecked.ts';
import { findLocks } from './find-locks.ts';

/** Who reviews a chat session now, or null; throws NotFound. */
export async function findReviewLock(ctx: Ctx, sessionId: string): Promise<ReviewLock | null> {
	requireTeam(ctx, 'sessions:read');
	const { id } = await resolveSession(ctx, sessionId);
	return (await findLocks(ctx, [id])).get(id) ?? null;
}
