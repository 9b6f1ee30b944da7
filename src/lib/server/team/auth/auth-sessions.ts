import { and, desc, eq, ne } from 'drizzle-orm';
import type { AuthSession } from '#lib/contract/user.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { auth_sessions, user_tokens } from '#lib/server/core/db/schema/index.ts';
import { record } from '#lib/server/core/db/transaction.ts';
import { sha256 } from '#lib/server/core/secrets.ts';
import { readToken } from './lucia.ts';

/** As much of the hash as tells an auth session from others; nothing can be signed in with it. */
const SHOWN_ID = 16;

/** The id of the auth session that a Cookie header names, if it names one. */
export function authSessionIdOf(ctx: Ctx, cookie: string | null): string | undefined {
	const token = readToken(ctx.app.config, ctx.db, cookie);
	return token === null ? undefined : sha256(token);
}

/**
 * Ends a user's auth sessions, all or all but one, and every sign-in that waits for its second factor, and drops their
 * sockets once that is committed; for use inside a transaction of the server.
 */
export async function endAuthSessions(tx: Ctx, userId: number, exceptId?: string): Promise<void> {
	const theirs = eq(auth_sessions.userId, userId);
	await tx.db
		.delete(auth_sessions)
		.where(exceptId === undefined ? theirs : and(theirs, ne(auth_sessions.id, exceptId)));
	await tx.db
		.delete(user_tokens)
		.where(and(eq(user_tokens.user_id, userId), eq(user_tokens.purpose, 'second_factor')));
	await record(tx, 'user.signed_out', { user_id: userId });
}

/** Ends the links with which a user could choose a new password, and their sign-ins that wait for a second factor. */
export async function endPasswordLinks(tx: Ctx, userId: number): Promise<void> {
	await tx.db.delete(user_tokens).where(eq(user_tokens.user_id, userId));
}

/** A user's auth sessions, the newest 100, with the one of this cookie marked. For use inside the server. */
export async function authSessionsOf(
	ctx: Ctx,
	userId: number,
	cookie: string | null,
): Promise<AuthSession[]> {
	const current = authSessionIdOf(ctx, cookie);
	const rows = await ctx.db
		.select()
		.from(auth_sessions)
		.where(eq(auth_sessions.userId, userId))
		.orderBy(desc(auth_sessions.created_at))
		.limit(100);
	return rows.map((row) => ({
		id: row.id.slice(0, SHOWN_ID),
		user_agent: row.user_agent,
		created_at: row.created_at.toISOString(),
		last_seen_at: row.last_seen_at?.toISOString() ?? null,
		is_current: row.id === current,
	}));
}
