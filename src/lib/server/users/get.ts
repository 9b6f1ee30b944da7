import { eq } from 'drizzle-orm';
import type { User } from '$lib/contract/user';
import { presentUser } from '../auth';
import { requireTeam } from '../auth/permissions';
import type { Ctx } from '../context';
import { users } from '../db/schema';
import { notFound } from '../errors';

/** One person of the team; throws NotFound. */
export async function getUser(ctx: Ctx, id: number): Promise<User> {
	requireTeam(ctx, 'sessions:read');
	const [row] = await ctx.db.select().from(users).where(eq(users.id, id));
	if (!row) throw notFound('the user');
	return presentUser(row);
}
