import { and, eq } from 'drizzle-orm';
import { changePasswordInput, type ChangePasswordInput } from '#lib/contract/user.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { users } from '#lib/server/core/db/schema/index.ts';
import { inTransaction } from '#lib/server/core/db/transaction.ts';
import { AppError, conflict } from '#lib/server/core/errors.ts';
import { parse } from '#lib/server/core/parse.ts';
import { requireSignedIn } from '#lib/server/core/permissions.ts';
import { audit } from '../audit/unchecked.ts';
import { endAuthSessions, endPasswordLinks } from './auth-sessions.ts';
import { type Browser, presentUser, type SignedIn } from './internal.ts';
import { countAttempt, resetAttempts } from './limits.ts';
import { startAuthSession } from './lucia.ts';
import { hashPassword, verifyPassword, requireStrongPassword } from './passwords.ts';

/**
 * Changes the signed-in user's password, ends all their auth sessions and starts a new one for this browser.
 * Throws Invalid if the current password is wrong or the new one weak, RateLimited after too many attempts.
 */
export async function changePassword(
	ctx: Ctx,
	input: ChangePasswordInput,
	from: Pick<Browser, 'ip' | 'user_agent'>,
): Promise<SignedIn> {
	const actor = requireSignedIn(ctx);
	const { current_password, new_password } = parse(changePasswordInput, input);
	await countAttempt(ctx.app, from.ip, actor.email);
	const [found] = await ctx.db.select().from(users).where(eq(users.id, actor.id));
	if (!(await verifyPassword(found?.password_hash, current_password)) || !found) {
		const message = 'Your current password is incorrect.';
		throw new AppError('invalid', message, { errors: [{ path: 'current_password', message }] });
	}
	await resetAttempts(ctx.app, actor.email);
	requireStrongPassword(new_password, found.email, 'new_password');
	const password_hash = await hashPassword(new_password);
	return inTransaction(ctx, async (tx) => {
		const [user] = await tx.db
			.update(users)
			.set({ password_hash })
			.where(and(eq(users.id, found.id), eq(users.password_hash, found.password_hash)))
			.returning();
		if (!user) throw conflict('the password was changed in another window');
		await endAuthSessions(tx, user.id);
		await endPasswordLinks(tx, user.id);
		await audit(tx, { action: 'user.password_changed' });
		return {
			cookie: await startAuthSession(tx, user.id, from.user_agent),
			user: presentUser(user),
		};
	});
}
