import { and, eq, gt, sql } from 'drizzle-orm';
import {
	passwordResetInput,
	type PasswordResetInput,
	passwordResetRequest,
	type PasswordResetRequest,
} from '#lib/contract/user.ts';
import { asSystem, type Ctx } from '#lib/server/core/context.ts';
import { user_tokens, users } from '#lib/server/core/db/schema/index.ts';
import { inTransaction } from '#lib/server/core/db/transaction.ts';
import { queueMail } from '#lib/server/delivery/mail/unchecked.ts';
import { parse } from '#lib/server/core/parse.ts';
import { sha256 } from '#lib/server/core/secrets.ts';
import { forbidden, notFound } from '#lib/server/core/errors.ts';
import { resetTwoFactor } from '#lib/server/team/auth/index.ts';
import {
	actAs,
	countResetRequest,
	endAuthSessions,
	endPasswordLinks,
	hashPassword,
	presentUser,
	requireStrongPassword,
} from '../auth/unchecked.ts';
import { audit } from '../audit/unchecked.ts';
import { type Browser, continueSignIn, type SignedIn } from '../auth/index.ts';
import { createLinkToken } from './internal.ts';

const LINK_MINUTES = 60;

/**
 * Emails a one-time password reset link to the active user with this email. Public: known and unknown emails get the same
 * response in the same time. Throws `rate_limited` for both alike.
 */
export async function requestPasswordReset(
	ctx: Ctx,
	input: PasswordResetRequest,
	from: { ip: string },
): Promise<void> {
	const { email } = parse(passwordResetRequest, input);
	await countResetRequest(ctx.app, from.ip, email);
	// Not awaited, because the duration would reveal whether the user exists.
	mailLink(asSystem(ctx), email).catch((error: unknown) =>
		ctx.app.log.error({ err: error }, 'failed to create a password reset link'),
	);
}

async function mailLink(ctx: Ctx, email: string): Promise<void> {
	const [user] = await ctx.db
		.select()
		.from(users)
		.where(and(sql`lower(${users.email}) = ${email.toLowerCase()}`, eq(users.is_active, true)));
	if (!user) return;
	const { token, token_hash } = createLinkToken();
	const expires_at = new Date(ctx.app.clock().getTime() + LINK_MINUTES * 60_000);
	await inTransaction(ctx, async (tx) => {
		const purpose = 'password_reset' as const;
		await tx.db.insert(user_tokens).values({ token_hash, purpose, user_id: user.id, expires_at });
		await queueMail(tx, {
			template: 'password_reset',
			data: { name: user.name, minutes: LINK_MINUTES },
			to: user.email,
			dedupe_key: `password_reset:${token_hash}`,
			one_time_link: `${ctx.app.config.publicUrl}/reset-password/${token}`,
		});
	});
}

/** Returns the user of a reset link while it is valid and the user is active. Public: the token authorizes the caller. */
export async function findPasswordReset(
	ctx: Ctx,
	token: string,
): Promise<{ user_id: number; email: string } | undefined> {
	const [row] = await ctx.db
		.select({ user_id: users.id, email: users.email })
		.from(user_tokens)
		.innerJoin(users, eq(users.id, user_tokens.user_id))
		.where(
			and(
				eq(user_tokens.token_hash, sha256(token)),
				eq(user_tokens.purpose, 'password_reset'),
				gt(user_tokens.expires_at, ctx.app.clock()),
				eq(users.is_active, true),
			),
		);
	return row;
}

const NOT_VALID = 'This link is no longer valid. Request a new one.';

/**
 * Sets a new password with a one-time link, ends the user's auth sessions and other links, and signs this browser in. With
 * two-factor authentication, returns the cookie of the second step instead. Public; throws `forbidden` if the link is
 * unknown, used or older than an hour, `invalid` if the password is weak.
 */
export async function resetPassword(
	ctx: Ctx,
	input: PasswordResetInput,
	from: Browser,
): Promise<SignedIn> {
	const { token, password } = parse(passwordResetInput, input);
	const reset = await findPasswordReset(ctx, token);
	if (!reset) throw forbidden(NOT_VALID);
	requireStrongPassword(password, reset.email);
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
		await audit(actAs(tx, presentUser(row)), { action: 'user.password_reset' });
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

/**
 * Restores access for a user who is locked out: enables them, removes their second factor, signs them out everywhere, and
 * returns a one-time password reset link that is valid for an hour. For operators with a shell on the server. Throws `not_found`.
 */
export async function resetAccess(
	ctx: Ctx,
	email: string,
): Promise<{ name: string; link: string }> {
	const [user] = await ctx.db
		.select()
		.from(users)
		.where(sql`lower(${users.email}) = ${email.toLowerCase()}`);
	if (!user) throw notFound(`a user with the email ${email}`);
	await resetTwoFactor(ctx, user.id);
	await ctx.db.update(users).set({ is_active: true }).where(eq(users.id, user.id));
	const { token, token_hash } = createLinkToken();
	const expires_at = new Date(ctx.app.clock().getTime() + LINK_MINUTES * 60_000);
	const purpose = 'password_reset' as const;
	await ctx.db.insert(user_tokens).values({ token_hash, purpose, user_id: user.id, expires_at });
	return { name: user.name, link: `${ctx.app.config.publicUrl}/reset-password/${token}` };
}
