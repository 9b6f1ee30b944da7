import { and, eq, gt } from 'drizzle-orm';
import type { Invitation } from '#lib/contract/user.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { invitations } from '#lib/server/core/db/schema/index.ts';
import { sha256 } from '#lib/server/core/secrets.ts';
import { presentInvitation } from './internal.ts';

/** Returns the invitation of a link while it is valid. Public: the token authorizes the caller. */
export async function findInvitation(ctx: Ctx, token: string): Promise<Invitation | undefined> {
	const [row] = await ctx.db
		.select()
		.from(invitations)
		.where(
			and(eq(invitations.token_hash, sha256(token)), gt(invitations.expires_at, ctx.app.clock())),
		);
	return row && presentInvitation(row);
}
