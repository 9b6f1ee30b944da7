import type { AuthSession } from '$lib/contract/user';
import { authSessionsOf } from '../auth';
import type { Ctx } from '../context';
import { unauthorized } from '../errors';

/** The browsers that the asking user is signed in with, the newest 100. */
export async function listOwnAuthSessions(ctx: Ctx, cookie: string | null): Promise<AuthSession[]> {
	if (ctx.actor.type !== 'user') throw unauthorized('sign in first');
	return authSessionsOf(ctx, ctx.actor.id, cookie);
}
