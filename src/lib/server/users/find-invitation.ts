import { and, eq, gt } from 'drizzle-orm';
import type { Invitation } from '$lib/contract/user';
import type { Ctx } from '../context';
import { invitations } from '../db/schema';
import { sha256 } from '../secrets';
import { presentInvitation } from './internal';

/** The invitation of a link, while that is good; public: who has the link was meant to. */
export async function findInvitation(ctx: Ctx, token: string): Promise<Invitation | undefined> {
	const [row] = await ctx.db
		.select()
		.from(invitations)
		.where(
			and(eq(invitations.token_hash, sha256(token)), gt(invitations.expires_at, ctx.app.clock())),
		);
	return row && presentInvitation(row);
}
