import { eq, sql } from 'drizzle-orm';
import { getPhotoPath, type User } from '#lib/contract/user.ts';
import { toNetwork } from '#lib/server/core/client-address.ts';
import type { Config } from '#lib/server/core/config.ts';
import type { App, Ctx } from '#lib/server/core/context.ts';
import type { Db } from '#lib/server/core/db/client.ts';
import { push_subscriptions, user_tokens, users } from '#lib/server/core/db/schema/index.ts';
import { resetUses, requireUse } from '#lib/server/core/rate-limits.ts';
import { sha256 } from '#lib/server/core/secrets.ts';
import { audit } from '../audit/unchecked.ts';
import { type AuthCookie, createLucia, readToken } from './lucia.ts';

/** The result of a sign-in. */
export interface SignedIn {
	cookie: AuthCookie;
	user: User;
	/** Whether a code is required in addition to the correct password. Until it is entered, the cookie only works with `finishSignIn`. */
	needs_code?: boolean;
}

// An arbitrary lock key that serializes concurrent setups.
const FIRST_ADMIN_LOCK = 5_121_977;

/** Creates the first admin and revokes all setup links. Returns undefined if a user exists. Requires a transaction. */
export async function insertFirstAdmin(
	tx: Ctx,
	values: { name: string; email: string; password_hash: string },
): Promise<typeof users.$inferSelect | undefined> {
	await tx.db.execute(sql`select pg_advisory_xact_lock(${FIRST_ADMIN_LOCK})`);
	const [anyone] = await tx.db.select({ id: users.id }).from(users).limit(1);
	if (anyone) return undefined;
	const [created] = await tx.db
		.insert(users)
		.values({ ...values, role: 'admin' })
		.returning();
	if (!created) throw new Error('the first admin was not stored');
	await tx.db.delete(user_tokens).where(eq(user_tokens.purpose, 'setup'));
	const target = { type: 'user', id: created.id, name: created.name };
	// With a setup link, the new admin is the one who acts.
	const ctx = tx.actor.type === 'anonymous' ? actAs(tx, presentUser(created)) : tx;
	await audit(ctx, {
		action: 'user.first_admin_created',
		target,
		detail: { email: created.email },
	});
	return created;
}

/** The browser that signs in. */
export interface Browser {
	ip: string;
	/** The Cookie header. */
	cookie: string | null;
	user_agent?: string | null;
}

/** Returns a copy of the context with this user as the actor, for actions that are part of signing in. */
export const actAs = (ctx: Ctx, { id, name, email, role }: User): Ctx => ({
	...ctx,
	actor: { type: 'user', id, name, email, role, confirmed_at: ctx.app.clock() },
});

/** Ends the auth session in a Cookie header, if any, and the push notifications of its browser. */
export async function endAuthSession(config: Config, db: Db, header: string | null): Promise<void> {
	const token = readToken(config, header);
	if (!token) return;
	const id = sha256(token);
	await db.delete(push_subscriptions).where(eq(push_subscriptions.auth_session_id, id));
	await createLucia(config, db).invalidateSession(id);
}

export const presentUser = (row: typeof users.$inferSelect): User => ({
	id: row.id,
	name: row.name,
	email: row.email,
	role: row.role,
	is_active: row.is_active,
	has_two_factor: row.sealed_totp !== null,
	photo: getPhotoPath(row.photo_key),
	created_at: row.created_at.toISOString(),
	last_seen_at: row.last_seen_at?.toISOString() ?? null,
});

const toEmailKey = (email: string) => sha256(email.toLowerCase());

/** Counts an attempt before the password is checked, so that concurrent guesses count too. Throws `rate_limited`. */
export async function countAttempt(app: App, ip: string, email: string): Promise<void> {
	await requireUse(app, 'sign_in', toNetwork(ip));
	await requireUse(app, 'password', toEmailKey(email));
}

/** Counts a password reset request. Throws `rate_limited` for known and unknown emails alike. */
export async function countResetRequest(app: App, ip: string, email: string): Promise<void> {
	await requireUse(app, 'sign_in', toNetwork(ip));
	await requireUse(app, 'password_reset', toEmailKey(email));
}

/** Resets an email's attempts after a correct password. The network's count remains. */
export const resetAttempts = (app: App, email: string): Promise<void> =>
	resetUses(app, 'password', toEmailKey(email));
