import type { AuthSession } from '$lib/contract/user';
import { authSessionsOf } from '../auth';
import { requireSignedIn } from '../auth/permissions';
import type { Ctx } from '../context';

/** The browsers that the asking user is signed in with, the newest 100. */
export async function listOwnAuthSessions(ctx: Ctx, cookie: string | null): Promise<AuthSession[]> {
	return authSessionsOf(ctx, requireSignedIn(ctx).id, cookie);
}
