import { and, desc, eq, lte, ne, or, sql } from 'drizzle-orm';
import type { AuthSession } from '#lib/contract/user.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import {
	auth_sessions,
	push_subscriptions,
	user_tokens,
} from '#lib/server/core/db/schema/index.ts';
import { record } from '#lib/server/core/db/transaction.ts';
import { sha256 } from '#lib/server/core/secrets.ts';
import {
	type AuthCookie,
	createAuthCookie,
	createBlankAuthCookie,
	createToken,
	IDLE_MS,
	MAX_AGE_MS,
	readToken,
} from './lucia.ts';
import { endAuthSession } from './internal.ts';

/** Long enough to distinguish auth sessions; too short to reveal the hash. */
const PUBLIC_ID_LENGTH = 16;

/** Returns the id of the auth session in a Cookie header, if any. */
export function getAuthSessionId(ctx: Ctx, cookie: string | null): string | undefined {
	const token = readToken(ctx.app.config, cookie);
	return token === null ? undefined : sha256(token);
}

/** Returns a public id, which grants no access, of the auth session in a Cookie header; an empty string if there is none. */
export const getPublicAuthSessionId = (ctx: Ctx, cookie: string | null): string =>
	getAuthSessionId(ctx, cookie)?.slice(0, PUBLIC_ID_LENGTH) ?? '';

/**
 * Ends all auth sessions of a user, or all but one, with the push notifications of their browsers, and every sign-in that is
 * waiting for its second factor. Their sockets are closed once the transaction commits.
 */
export async function endAuthSessions(tx: Ctx, userId: number, exceptId?: string): Promise<void> {
	const isOwn = eq(auth_sessions.userId, userId);
	await tx.db
		.delete(auth_sessions)
		.where(exceptId === undefined ? isOwn : and(isOwn, ne(auth_sessions.id, exceptId)));
	const { user_id, auth_session_id } = push_subscriptions;
	await tx.db
		.delete(push_subscriptions)
		.where(
			and(eq(user_id, userId), exceptId === undefined ? undefined : ne(auth_session_id, exceptId)),
		);
	await tx.db
		.delete(user_tokens)
		.where(and(eq(user_tokens.user_id, userId), eq(user_tokens.purpose, 'second_factor')));
	await record(tx, 'user.signed_out', { user_id: userId });
}

/**
 * Replaces the token of an auth session whose rights change, so that nobody who knew the old one shares them. Keeps its push
 * notifications. Returns the new cookie, or null if the auth session has ended.
 */
export async function rotateAuthSession(tx: Ctx, id: string): Promise<AuthCookie | null> {
	const token = createToken();
	const rotated = await tx.db
		.update(auth_sessions)
		.set({ id: sha256(token), must_enroll: false })
		.where(eq(auth_sessions.id, id))
		.returning({ id: auth_sessions.id });
	if (rotated.length === 0) return null;
	await tx.db
		.update(push_subscriptions)
		.set({ auth_session_id: sha256(token) })
		.where(eq(push_subscriptions.auth_session_id, id));
	return createAuthCookie(tx.app.config, tx.db, token);
}

/** Revokes a user's password reset links and the sign-ins that are waiting for a second factor. */
export async function endPasswordLinks(tx: Ctx, userId: number): Promise<void> {
	await tx.db.delete(user_tokens).where(eq(user_tokens.user_id, userId));
}

/** Returns a user's latest 100 auth sessions, and marks the one of this cookie. */
export async function listUserAuthSessions(
	ctx: Ctx,
	userId: number,
	cookie: string | null,
): Promise<AuthSession[]> {
	const current = getAuthSessionId(ctx, cookie);
	const rows = await ctx.db
		.select()
		.from(auth_sessions)
		.where(eq(auth_sessions.userId, userId))
		.orderBy(desc(auth_sessions.created_at))
		.limit(100);
	return rows.map((row) => ({
		id: row.id.slice(0, PUBLIC_ID_LENGTH),
		user_agent: row.user_agent,
		created_at: row.created_at.toISOString(),
		last_seen_at: row.last_seen_at?.toISOString() ?? null,
		is_current: row.id === current,
	}));
}

/** Ends the auth session in a Cookie header, and returns the cookie that removes it from the browser. */
export async function signOut(ctx: Ctx, cookieHeader: string | null): Promise<AuthCookie> {
	await endAuthSession(ctx.app.config, ctx.db, cookieHeader);
	return createBlankAuthCookie(ctx.app.config, ctx.db);
}

/** Deletes expired auth sessions. */
export async function deleteExpiredAuthSessions(ctx: Ctx): Promise<void> {
	const now = ctx.app.clock();
	const subtract = (ms: number) => new Date(now.getTime() - ms);
	const { expiresAt, created_at, last_seen_at } = auth_sessions;
	const last_use = sql<Date>`coalesce(${last_seen_at}, ${created_at})`.mapWith(created_at);
	await ctx.db
		.delete(auth_sessions)
		.where(
			or(
				lte(expiresAt, now),
				lte(created_at, subtract(MAX_AGE_MS)),
				lte(last_use, subtract(IDLE_MS).toISOString()),
			),
		);
}
