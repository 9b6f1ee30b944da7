import { and, eq, sql } from 'drizzle-orm';
import { passwordResetRequest, type PasswordResetRequest } from '#lib/contract/user.ts';
import { countResetRequest } from '../auth/unchecked.ts';
import { asSystem, type Ctx } from '#lib/server/core/context.ts';
import { user_tokens, users } from '#lib/server/core/db/schema/index.ts';
import { inTransaction } from '#lib/server/core/db/transaction.ts';
import { queueMail } from '#lib/server/delivery/mail/unchecked.ts';
import { parse } from '#lib/server/core/parse.ts';
import { createLinkToken } from './internal.ts';

const LINK_MINUTES = 60;

/**
 * Emails a one-time password reset link to the active user with this email. Public: known and unknown emails get the same
 * response in the same time. Throws RateLimited for both alike.
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
		ctx.app.log.error({ err: error }, 'could not create a password reset link'),
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
