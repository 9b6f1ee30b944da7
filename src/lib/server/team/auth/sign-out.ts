import type { Ctx } from '#lib/server/core/context.ts';
import { endAuthSession } from './internal.ts';
import { blankAuthCookie, type AuthCookie } from './lucia.ts';

/** Ends the auth session in a Cookie header, and returns the cookie that removes it from the browser. */
export async function signOut(ctx: Ctx, cookieHeader: string | null): Promise<AuthCookie> {
	await endAuthSession(ctx.app.config, ctx.db, cookieHeader);
	return blankAuthCookie(ctx.app.config, ctx.db);
}
