import { desc } from 'drizzle-orm';
import type { Invitation } from '#lib/contract/user.ts';
import { requireAdmin } from '#lib/server/core/permissions.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { invitations } from '#lib/server/core/db/schema/index.ts';
import { presentInvitation } from './internal.ts';

/** The newest 200 invitations that nobody has accepted yet, those whose link has ended too. For admins. */
export async function listInvitations(ctx: Ctx): Promise<Invitation[]> {
	requireAdmin(ctx);
	const rows = await ctx.db.select().from(invitations).orderBy(desc(invitations.id)).limit(200);
	return rows.map(presentInvitation);
}
