import { eq } from 'drizzle-orm';
import { profileInput, type Profile, type ProfileInput } from '#lib/contract/user.ts';
import { audit } from '../audit/unchecked.ts';
import { requireSignedIn } from '#lib/server/core/permissions.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { users } from '#lib/server/core/db/schema/index.ts';
import { inTransaction } from '#lib/server/core/db/transaction.ts';
import { parse } from '#lib/server/core/parse.ts';
import { getProfile } from './get-profile.ts';

/** Updates the signed-in user's name, time zone and daily summary; throws Invalid. */
export async function updateProfile(ctx: Ctx, input: ProfileInput): Promise<Profile> {
	const actor = requireSignedIn(ctx);
	const { name, time_zone, wants_daily_summary } = parse(profileInput, input);
	return inTransaction(ctx, async (tx) => {
		await tx.db
			.update(users)
			.set({ name, time_zone: time_zone || null, wants_daily_summary })
			.where(eq(users.id, actor.id));
		const target = { type: 'user', id: actor.id, name };
		await audit(tx, { action: 'user.updated', target });
		return getProfile(tx);
	});
}
