import { and, eq, gt } from 'drizzle-orm';
import type { Ctx } from '#lib/server/core/context.ts';
import { user_tokens } from '#lib/server/core/db/schema/index.ts';
import { sha256 } from '#lib/server/core/secrets.ts';

/** Returns whether a setup token is valid: known, unused and at most a day old. Public. */
export async function isSetupToken(ctx: Ctx, token: string): Promise<boolean> {
	const [found] = await ctx.db
		.select({ purpose: user_tokens.purpose })
		.from(user_tokens)
		.where(
			and(
				eq(user_tokens.token_hash, sha256(token)),
				eq(user_tokens.purpose, 'setup'),
				gt(user_tokens.expires_at, ctx.app.clock()),
			),
		);
	return found !== undefined;
}
