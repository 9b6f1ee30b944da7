import { and, eq, gt } from 'drizzle-orm';
import type { Ctx } from '#lib/server/core/context.ts';
import { user_tokens } from '#lib/server/core/db/schema/index.ts';
import { sha256 } from '#lib/server/core/secrets.ts';

/** Whether a set-up link's token is known, unused and not older than a day; public. */
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
