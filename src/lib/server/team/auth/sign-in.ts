import { and, eq, sql } from 'drizzle-orm';
import { signInInput, type SignInInput } from '#lib/contract/user.ts';
import { audit } from '../audit';
import type { Ctx } from '#lib/server/core/context.ts';
import { users } from '#lib/server/core/db/schema/index.ts';
import { inTransaction } from '#lib/server/core/db/transaction.ts';
import { unauthorized } from '#lib/server/core/errors.ts';
import { parse } from '#lib/server/core/parse.ts';
import { actingAs, endAuthSession, type Browser, type SignedIn } from './internal';
import { countAttempt, forgiveAttempts } from './limits';
import { startAuthSession } from './lucia';
import { isPassword } from './passwords';
import { presentUser } from './present-user';

/**
 * Signs a person in with a new auth session and ends the one the browser had. A wrong password, an unknown e-mail and
 * a disabled user get the same Unauthorized after the same work; too many attempts get RateLimited.
 */
export async function signIn(ctx: Ctx, input: SignInInput, from: Browser): Promise<SignedIn> {
	const { email, password } = parse(signInInput, input);
	await countAttempt(ctx.app, from.ip, email);
	const [found] = await ctx.db
		.select()
		.from(users)
		.where(sql`lower(${users.email}) = ${email.toLowerCase()}`);
	const isRight = await isPassword(found?.password_hash, password);
	const signedIn = found && isRight && (await startFor(ctx, found, from));
	if (!signedIn) {
		ctx.app.log.warn({ ip: from.ip }, 'sign-in refused');
		throw unauthorized('The e-mail or the password is wrong.');
	}
	await forgiveAttempts(ctx.app, email);
	return signedIn;
}

/** Nothing when the user was disabled, or the password changed, while it was being checked. */
function startFor(
	ctx: Ctx,
	found: { id: number; password_hash: string },
	{ cookie, user_agent }: Browser,
): Promise<SignedIn | undefined> {
	return inTransaction(ctx, async (tx) => {
		const [user] = await tx.db
			.select()
			.from(users)
			.where(
				and(
					eq(users.id, found.id),
					eq(users.password_hash, found.password_hash),
					eq(users.is_active, true),
				),
			)
			.for('share');
		if (!user) return undefined;
		await endAuthSession(ctx.app.config, tx.db, cookie);
		const signedIn = presentUser(user);
		await audit(actingAs(tx, signedIn), { action: 'user.signed_in' });
		return {
			cookie: await startAuthSession(ctx.app.config, tx.db, user.id, user_agent),
			user: signedIn,
		};
	});
}
