import { eq, sql } from 'drizzle-orm';
import type { User } from '#lib/contract/user.ts';
import { audit } from '../audit/unchecked.ts';
import type { Config } from '#lib/server/core/config.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import type { Db } from '#lib/server/core/db/client.ts';
import { user_tokens, users } from '#lib/server/core/db/schema/index.ts';
import { sha256 } from '#lib/server/core/secrets.ts';
import { luciaOn, readToken, type AuthCookie } from './lucia.ts';

/** What a browser gets when it is signed in. */
export interface SignedIn {
	cookie: AuthCookie;
	user: User;
	/** The password was right and a code has to follow: until then the cookie opens nothing but `finishSignIn`. */
	needs_code?: boolean;
}

// Any fixed number: set-ups that run side by side decide one after another who is first.
const FIRST_ADMIN_LOCK = 5_121_977;

/** Makes the first admin and ends every set-up link; undefined when there is a user already. Run it in a transaction. */
export async function insertFirstAdmin(
	tx: Ctx,
	values: { name: string; email: string; password_hash: string },
): Promise<typeof users.$inferSelect | undefined> {
	await tx.db.execute(sql`select pg_advisory_xact_lock(${FIRST_ADMIN_LOCK})`);
	const [anyone] = await tx.db.select({ id: users.id }).from(users).limit(1);
	if (anyone) return undefined;
	const [made] = await tx.db
		.insert(users)
		.values({ ...values, role: 'admin' })
		.returning();
	if (!made) throw new Error('the first admin was not returned');
	await tx.db.delete(user_tokens).where(eq(user_tokens.purpose, 'setup'));
	const target = { type: 'user', id: made.id, name: made.name };
	await audit(tx, { action: 'user.first_admin_created', target, detail: { email: made.email } });
	return made;
}

/** From where somebody signs in, and with what. */
export interface Browser {
	ip: string;
	/** The Cookie header. */
	cookie: string | null;
	user_agent?: string | null;
}

/** The same context, with this user as who asks: for what they do by signing in. */
export const actingAs = (ctx: Ctx, { id, name, email, role }: User): Ctx => ({
	...ctx,
	actor: { type: 'user', id, name, email, role, confirmed_at: ctx.app.clock() },
});

/** Ends the auth session that a Cookie header names, if there is one. */
export async function endAuthSession(config: Config, db: Db, header: string | null): Promise<void> {
	const token = readToken(config, db, header);
	if (token) await luciaOn(config, db).invalidateSession(sha256(token));
}
