import { randomBytes } from 'node:crypto';
import { and, eq, gt, lt } from 'drizzle-orm';
import { type App, type Ctx, createSystemContext } from '#lib/server/core/context.ts';
import { user_tokens, users } from '#lib/server/core/db/schema/index.ts';
import { sha256 } from '#lib/server/core/secrets.ts';
import { type FirstAdminInput, firstAdminInput } from '#lib/contract/user.ts';
import { inTransaction } from '#lib/server/core/db/transaction.ts';
import { conflict, forbidden } from '#lib/server/core/errors.ts';
import { parse } from '#lib/server/core/parse.ts';
import { insertFirstAdmin, presentUser, type SignedIn } from './internal.ts';
import { startAuthSession } from './lucia.ts';
import { hashPassword, requireStrongPassword, findWeakness } from './passwords.ts';

/** Returns whether a user exists. Until then, only `/setup` is accessible. */
export async function isSetUp(app: App): Promise<boolean> {
	const [anyone] = await app.db.select({ id: users.id }).from(users).limit(1);
	return anyone !== undefined;
}

/** Returns whether a setup token is valid: known, unused and at most a day old. Public. */
export async function isSetupToken(ctx: Ctx, token: string): Promise<boolean> {
	const [found] = await ctx.db
		.select({ purpose: user_tokens.purpose })
		.from(user_tokens)
		.where(
			and(
				eq(user_tokens.token_hash, sha256(token)),
				eq(user_tokens.purpose, 'setup'),
				gt(user_tokens.expires_at, ctx.app.clock()),
			),
		);
	return found !== undefined;
}

const ALREADY_SET_UP = 'Frontdesk is already set up. Sign in instead.';

/**
 * Creates the first admin with the token of a setup link, and signs them in. Throws `conflict` if a user exists, `forbidden`
 * if the link is unknown, used or older than a day, `invalid` if the password is weak.
 */
export async function createFirstAdmin(ctx: Ctx, input: FirstAdminInput): Promise<SignedIn> {
	const { token, name, email, password } = parse(firstAdminInput, input);
	// Checked before the expensive hash, so that guessing tokens costs the server little.
	await requireSetupToken(ctx, token);
	requireStrongPassword(password, email);
	const password_hash = await hashPassword(password);
	return inTransaction(ctx, async (tx) => {
		const user = await insertFirstAdmin(tx, { name, email, password_hash });
		if (!user) throw conflict(ALREADY_SET_UP);
		return {
			cookie: await startAuthSession(tx, user.id),
			user: presentUser(user),
		};
	});
}

async function requireSetupToken(ctx: Ctx, token: string): Promise<void> {
	if (await isSetUp(ctx.app)) throw conflict(ALREADY_SET_UP);
	if (await isSetupToken(ctx, token)) return;
	throw forbidden('This setup link is no longer valid. Restart the server to print a new one.');
}

const LINK_HOURS = 24;

/** Creates the admin in ADMIN_EMAIL, or returns a one-time setup link if it is not set. Does nothing once a user exists. */
export async function ensureFirstAdmin(app: App): Promise<{ setupUrl: string | null }> {
	if (await isSetUp(app)) return { setupUrl: null };
	if (!app.config.admin) return { setupUrl: await createSetupLink(app) };
	const { email, password } = app.config.admin;
	const weakness = findWeakness(password, email);
	if (weakness) app.log.warn(`ADMIN_PASSWORD is easy to guess. ${weakness}`);
	const password_hash = await hashPassword(password);
	const name = email.split('@')[0] ?? email;
	await inTransaction(createSystemContext(app), (tx) =>
		insertFirstAdmin(tx, { name, email, password_hash }),
	);
	return { setupUrl: null };
}

/** Creates a setup link. Earlier links stay valid for their 24 hours, so that processes starting together do not revoke each other's. */
async function createSetupLink(app: App): Promise<string> {
	const token = randomBytes(32).toString('base64url');
	const now = app.clock();
	await app.db.delete(user_tokens).where(lt(user_tokens.expires_at, now));
	await app.db.insert(user_tokens).values({
		token_hash: sha256(token),
		purpose: 'setup',
		expires_at: new Date(now.getTime() + LINK_HOURS * 3_600_000),
	});
	return `${app.config.publicUrl}/setup?token=${token}`;
}
