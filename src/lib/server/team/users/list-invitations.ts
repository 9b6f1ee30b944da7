import { desc } from 'drizzle-orm';
import type { Invitation } from '#lib/contract/user.ts';
import { requireAdmin } from '#lib/server/core/permissions.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { invitations } from '#lib/server/core/db/schema/index.ts';
import { presentInvitation } from './internal.ts';

/** Returns the latest 200 pending invitations, including those with an expired link. Requires an admin. */
export async function listInvitations(ctx: Ctx): Promise<Invitation[]> {
	requireAdmin(ctx);
	const rows = await ctx.db.select().from(invitations).orderBy(desc(invitations.id)).limit(200);
	return rows.map(presentInvitation);
}
