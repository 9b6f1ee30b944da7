import { eq } from 'drizzle-orm';
import type { User } from '#lib/contract/user.ts';
import { presentUser } from '../auth/unchecked.ts';
import { requireTeam } from '#lib/server/core/permissions.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { users } from '#lib/server/core/db/schema/index.ts';
import { notFound } from '#lib/server/core/errors.ts';

/** Returns a user; throws NotFound. */
export async function getUser(ctx: Ctx, id: number): Promise<User> {
	requireTeam(ctx, 'sessions:read');
	const [row] = await ctx.db.select().from(users).where(eq(users.id, id));
	if (!row) throw notFound('the user');
	return presentUser(row);
}
