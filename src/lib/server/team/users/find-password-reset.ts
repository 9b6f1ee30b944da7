import { and, eq, gt } from 'drizzle-orm';
import type { Ctx } from '#lib/server/core/context.ts';
import { user_tokens, users } from '#lib/server/core/db/schema/index.ts';
import { sha256 } from '#lib/server/core/secrets.ts';

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
