import { randomBytes } from 'node:crypto';
import { lt } from 'drizzle-orm';
import { systemContext, type App } from '#lib/server/core/context.ts';
import { user_tokens } from '#lib/server/core/db/schema/index.ts';
import { inTransaction } from '#lib/server/core/db/transaction.ts';
import { sha256 } from '#lib/server/core/secrets.ts';
import { insertFirstAdmin } from './internal.ts';
import { isSetUp } from './is-set-up.ts';
import { hashPassword, weakness } from './passwords.ts';

const LINK_HOURS = 24;

/** Creates the admin in ADMIN_EMAIL, or returns a one-time setup link if it is not set. Does nothing once a user exists. */
export async function ensureFirstAdmin(app: App): Promise<{ setupUrl: string | null }> {
	if (await isSetUp(app)) return { setupUrl: null };
	if (!app.config.admin) return { setupUrl: await createSetupLink(app) };
	const { email, password } = app.config.admin;
	const weak = weakness(password, email);
	if (weak) app.log.warn(`ADMIN_PASSWORD is easy to guess. ${weak}`);
	const password_hash = await hashPassword(password);
	const name = email.split('@')[0] ?? email;
	await inTransaction(systemContext(app), (tx) =>
		insertFirstAdmin(tx, { name, email, password_hash }),
	);
	return { setupUrl: null };
}

/** Earlier links stay valid for their 24 hours, so that processes starting together do not revoke each other's. */
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
