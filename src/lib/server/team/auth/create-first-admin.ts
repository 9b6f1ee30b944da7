import { firstAdminInput, type FirstAdminInput } from '#lib/contract/user.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { inTransaction } from '#lib/server/core/db/transaction.ts';
import { conflict, forbidden } from '#lib/server/core/errors.ts';
import { parse } from '#lib/server/core/parse.ts';
import { insertFirstAdmin, type SignedIn } from './internal.ts';
import { isSetUp } from './is-set-up.ts';
import { isSetupToken } from './is-setup-token.ts';
import { startAuthSession } from './lucia.ts';
import { hashPassword, requireGoodPassword } from './passwords.ts';
import { presentUser } from './present-user.ts';

const ALREADY_SET_UP = 'Frontdesk is already set up. Sign in instead.';

/**
 * Creates the first admin with the token of a setup link, and signs them in. Throws Conflict if a user exists, Forbidden
 * if the link is unknown, used or older than a day, Invalid if the password is weak.
 */
export async function createFirstAdmin(ctx: Ctx, input: FirstAdminInput): Promise<SignedIn> {
	const { token, name, email, password } = parse(firstAdminInput, input);
	// Checked before the expensive hash, so that guessing tokens costs the server little.
	await requireSetupToken(ctx, token);
	requireGoodPassword(password, email);
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
