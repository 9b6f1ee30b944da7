import { eq } from 'drizzle-orm';
import { confirmInput, type ConfirmInput } from '#lib/contract/two-factor.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { auth_sessions, users } from '#lib/server/core/db/schema/index.ts';
import { inTransaction } from '#lib/server/core/db/transaction.ts';
import { AppError } from '#lib/server/core/errors.ts';
import { parse } from '#lib/server/core/parse.ts';
import { authSessionIdOf } from './auth-sessions.ts';
import type { Browser } from './internal.ts';
import { countAttempt, resetAttempts } from './limits.ts';
import { verifyPassword } from './passwords.ts';
import { requireSignedIn } from '#lib/server/core/permissions.ts';
import { countCodeAttempt, forgiveCodeAttempts, consumeSecondFactor } from './second-factor.ts';

/** Returns whether the signed-in user must enter a code in addition to the password to confirm their identity. */
export async function needsCode(ctx: Ctx): Promise<boolean> {
	const { id } = requireSignedIn(ctx);
	const [user] = await ctx.db
		.select({ sealed_totp: users.sealed_totp })
		.from(users)
		.where(eq(users.id, id));
	return user?.sealed_totp != null;
}

/**
 * Marks this browser's sign-in as recent after checking the password and, if enabled, the second factor. Throws Invalid
 * if either is wrong, RateLimited after too many attempts.
 */
export async function confirmSignIn(
	ctx: Ctx,
	input: ConfirmInput,
	from: Pick<Browser, 'ip' | 'cookie'>,
): Promise<void> {
	const actor = requireSignedIn(ctx);
	const { password, code } = parse(confirmInput, input);
	await countAttempt(ctx.app, from.ip, actor.email);
	const [user] = await ctx.db.select().from(users).where(eq(users.id, actor.id));
	if (!(await verifyPassword(user?.password_hash, password)) || !user) {
		const message = 'The password is incorrect.';
		throw new AppError('invalid', message, { errors: [{ path: 'password', message }] });
	}
	const session = authSessionIdOf(ctx, from.cookie);
	if (user.sealed_totp !== null) await countCodeAttempt(ctx, user.id);
	await inTransaction(ctx, async (tx) => {
		if (user.sealed_totp !== null) await consumeSecondFactor(tx, user, code);
		await tx.db
			.update(auth_sessions)
			.set({ confirmed_at: tx.app.clock() })
			.where(eq(auth_sessions.id, session ?? ''));
	});
	await resetAttempts(ctx.app, actor.email);
	if (user.sealed_totp !== null) await forgiveCodeAttempts(ctx, user.id);
}
