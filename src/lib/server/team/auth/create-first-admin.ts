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

const ALREADY = 'Frontdesk is set up already: sign in instead.';

/**
 * Makes the first admin with the token of a set-up link, once, and signs them in. Throws Conflict when there is a user,
 * Forbidden for a link that is unknown, used or older than a day, Invalid for a weak password.
 */
export async function createFirstAdmin(ctx: Ctx, input: FirstAdminInput): Promise<SignedIn> {
	const { token, name, email, password } = parse(firstAdminInput, input);
	// Before the costly hash, so that guessing tokens is cheap for the server.
	await requireSetupToken(ctx, token);
	requireGoodPassword(password, email);
	const password_hash = await hashPassword(password);
	return inTransaction(ctx, async (tx) => {
		const user = await insertFirstAdmin(tx, { name, email, password_hash });
		if (!user) throw conflict(ALREADY);
		return {
			cookie: await startAuthSession(tx, user.id),
			user: presentUser(user),
		};
	});
}

async function requireSetupToken(ctx: Ctx, token: string): Promise<void> {
	if (await isSetUp(ctx.app)) throw conflict(ALREADY);
	if (await isSetupToken(ctx, token)) return;
	throw forbidden(
		'This set-up link is not valid any more. Start the server again: it prints a new one.',
	);
}
