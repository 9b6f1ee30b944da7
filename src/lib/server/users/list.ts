import { asc } from 'drizzle-orm';
import type { User } from '$lib/contract/user';
import { presentUser } from '../auth';
import { requireTeam } from '../auth/permissions';
import type { Ctx } from '../context';
import { users } from '../db/schema';

/** The people of the team by name, disabled ones too; at most 500. */
export async function listUsers(ctx: Ctx): Promise<User[]> {
	requireTeam(ctx, 'sessions:read');
	const rows = await ctx.db.select().from(users).orderBy(asc(users.name), asc(users.id)).limit(500);
	return rows.map(presentUser);
}
