import { eq } from 'drizzle-orm';
import { profileInput, type Profile, type ProfileInput } from '$lib/contract/user';
import { audit } from '../audit';
import { requireSignedIn } from '../auth/permissions';
import type { Ctx } from '../context';
import { users } from '../db/schema';
import { inTransaction } from '../db/transaction';
import { parse } from '../parse';
import { getProfile } from './get-profile';

/** Changes the asking user's name, time zone and daily summary; throws Invalid. */
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
