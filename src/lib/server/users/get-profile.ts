import { eq } from 'drizzle-orm';
import type { Profile } from '$lib/contract/user';
import { presentUser } from '../auth';
import { requireSignedIn } from '../auth/permissions';
import type { Ctx } from '../context';
import { users } from '../db/schema';
import { unauthorized } from '../errors';

/** The asking user with what they decided for themselves. */
export async function getProfile(ctx: Ctx): Promise<Profile> {
	const { id } = requireSignedIn(ctx);
	const [row] = await ctx.db.select().from(users).where(eq(users.id, id));
	if (!row) throw unauthorized('sign in first');
	const { time_zone, wants_daily_summary } = row;
	return { ...presentUser(row), time_zone, wants_daily_summary };
}
