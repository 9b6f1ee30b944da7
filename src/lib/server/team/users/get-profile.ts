import { eq } from 'drizzle-orm';
import type { Profile } from '#lib/contract/user.ts';
import { presentUser } from '../auth/unchecked.ts';
import { requireSignedIn } from '#lib/server/core/permissions.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { users } from '#lib/server/core/db/schema/index.ts';
import { unauthorized } from '#lib/server/core/errors.ts';

/** Returns the signed-in user with their own settings. */
export async function getProfile(ctx: Ctx): Promise<Profile> {
	const { id } = requireSignedIn(ctx);
	const [row] = await ctx.db.select().from(users).where(eq(users.id, id));
	if (!row) throw unauthorized('sign in first');
	const { time_zone, wants_daily_summary } = row;
	return { ...presentUser(row), time_zone, wants_daily_summary };
}
