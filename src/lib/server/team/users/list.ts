import { asc } from 'drizzle-orm';
import type { User } from '#lib/contract/user.ts';
import { presentUser } from '../auth/index.ts';
import { requireTeam } from '#lib/server/core/permissions.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { users } from '#lib/server/core/db/schema/index.ts';

/** The people of the team by name, disabled ones too; at most 500. */
export async function listUsers(ctx: Ctx): Promise<User[]> {
	requireTeam(ctx, 'sessions:read');
	const rows = await ctx.db.select().from(users).orderBy(asc(users.name), asc(users.id)).limit(500);
	return rows.map(presentUser);
}
