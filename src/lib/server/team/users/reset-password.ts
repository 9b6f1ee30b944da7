import { and, eq, gt } from 'drizzle-orm';
import { passwordResetInput, type PasswordResetInput } from '#lib/contract/user.ts';
import { audit } from '../audit/unchecked.ts';
import { continueSignIn, type Browser, type SignedIn } from '../auth/index.ts';
import {
	actingAs,
	endAuthSessions,
	endPasswordLinks,
	hashPassword,
	presentUser,
	requireGoodPassword,
} from '../auth/unchecked.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { user_tokens, users } from '#lib/server/core/db/schema/index.ts';
import { inTransaction } from '#lib/server/core/db/transaction.ts';
import { forbidden } from '#lib/server/core/errors.ts';
import { parse } from '#lib/server/core/parse.ts';
import { sha256 } from '#lib/server/core/secrets.ts';
import { findPasswordReset } from './find-password-reset.ts';

const NOT_VALID = 'This link is no longer valid. Request a new one.';

/**
 * Sets a new password with a one-time link, ends the user's auth sessions and other links, and signs this browser in. With
 * two-factor authentication, returns the cookie of the second step instead. Public; throws Forbidden if the link is
 * unknown, used or older than an hour, Invalid if the password is weak.
 */
export async function resetPassword(
	ctx: Ctx,
	input: PasswordResetInput,
	from: Browser,
): Promise<SignedIn> {
	const { token, password } = parse(passwordResetInput, input);
	const reset = await findPasswordReset(ctx, token);
	if (!reset) throw forbidden(NOT_VALID);
	requireGoodPassword(password, reset.email);
	const password_hash = await hashPassword(password);
	return inTransaction(ctx, async (tx) => {
		await consumeLink(tx, token);
		const [row] = await tx.db
			.update(users)
			.set({ password_hash })
			.where(and(eq(users.id, reset.user_id), eq(users.is_active, true)))
			.returning();
		if (!row) throw forbidden(NOT_VALID);
		await endAuthSessions(tx, row.id);
		await endPasswordLinks(tx, row.id);
		await audit(actingAs(tx, presentUser(row)), { action: 'user.password_reset' });
		return continueSignIn(tx, row, from);
	});
}

async function consumeLink(tx: Ctx, token: string): Promise<void> {
	const consumed = await tx.db
		.delete(user_tokens)
		.where(
			and(
				eq(user_tokens.token_hash, sha256(token)),
				eq(user_tokens.purpose, 'password_reset'),
				gt(user_tokens.expires_at, tx.app.clock()),
			),
		)
		.returning({ user_id: user_tokens.user_id });
	if (consumed.length === 0) throw forbidden(NOT_VALID);
}
