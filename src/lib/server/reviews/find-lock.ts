import type { ReviewLock } from '$lib/contract/review';
import { requireTeam } from '../auth/permissions';
import type { Ctx } from '../context';
import { resolveSession } from '../sessions';
import { findLocks } from './find-locks';

/** Who reviews a chat session now, or null; throws NotFound. */
export async function findReviewLock(ctx: Ctx, sessionId: string): Promise<ReviewLock | null> {
	requireTeam(ctx, 'sessions:read');
	const { id } = await resolveSession(ctx, sessionId);
	return (await findLocks(ctx, [id])).get(id) ?? null;
}
