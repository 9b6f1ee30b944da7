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

const ENDED = 'This link is not valid any more. Ask for a new one.';

/**
 * Sets a new password by a one-time link, ends every auth session and other link of the user, and signs this browser in;
 * somebody with two-factor authentication gets the cookie of the second step instead. Public; throws Forbidden for a link that is unknown, used or older than an hour, Invalid for a weak password.
 */
export async function resetPassword(
	ctx: Ctx,
	input: PasswordResetInput,
	from: Browser,
): Promise<SignedIn> {
	const { token, password } = parse(passwordResetInput, input);
	const asked = await findPasswordReset(ctx, token);
	if (!asked) throw forbidden(ENDED);
	requireGoodPassword(password, asked.email);
	const password_hash = await hashPassword(password);
	return inTransaction(ctx, async (tx) => {
		await takeLink(tx, token);
		const [row] = await tx.db
			.update(users)
			.set({ password_hash })
			.where(and(eq(users.id, asked.user_id), eq(users.is_active, true)))
			.returning();
		if (!row) throw forbidden(ENDED);
		await endAuthSessions(tx, row.id);
		await endPasswordLinks(tx, row.id);
		await audit(actingAs(tx, presentUser(row)), { action: 'user.password_reset' });
		return continueSignIn(tx, row, from);
	});
}

async function takeLink(tx: Ctx, token: string): Promise<void> {
	const taken = await tx.db
		.delete(user_tokens)
		.where(
			and(
				eq(user_tokens.token_hash, sha256(token)),
				eq(user_tokens.purpose, 'password_reset'),
				gt(user_tokens.expires_at, tx.app.clock()),
			),
		)
		.returning({ user_id: user_tokens.user_id });
	if (taken.length === 0) throw forbidden(ENDED);
}
