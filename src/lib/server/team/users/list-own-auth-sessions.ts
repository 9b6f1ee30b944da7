import type { AuthSession } from '#lib/contract/user.ts';
import { authSessionsOf } from '../auth/unchecked.ts';
import { requireSignedIn } from '#lib/server/core/permissions.ts';
import type { Ctx } from '#lib/server/core/context.ts';

/** The browsers that the asking user is signed in with, the newest 100. */
export async function listOwnAuthSessions(ctx: Ctx, cookie: string | null): Promise<AuthSession[]> {
	return authSessionsOf(ctx, requireSignedIn(ctx).id, cookie);
}
