import { eq, sql } from 'drizzle-orm';
import type { Ctx } from '#lib/server/core/context.ts';
import { user_tokens, users } from '#lib/server/core/db/schema/index.ts';
import { notFound } from '#lib/server/core/errors.ts';
import { resetTwoFactor } from '#lib/server/team/auth/index.ts';
import { createLinkToken } from './internal.ts';

const LINK_MINUTES = 60;

/**
 * Restores access for a user who is locked out: removes their second factor, signs them out everywhere, and returns a
 * one-time password reset link that is valid for an hour. For operators with a shell on the server. Throws NotFound.
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
