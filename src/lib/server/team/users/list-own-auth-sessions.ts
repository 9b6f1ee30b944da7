import type { AuthSession } from '#lib/contract/user.ts';
import { authSessionsOf } from '../auth/unchecked.ts';
import { requireSignedIn } from '#lib/server/core/permissions.ts';
import type { Ctx } from '#lib/server/core/context.ts';

/** Returns the signed-in user's latest 100 auth sessions. */
export async function listOwnAuthSessions(ctx: Ctx, cookie: string | null): Promise<AuthSession[]> {
	return authSessionsOf(ctx, requireSignedIn(ctx).id, cookie);
}
