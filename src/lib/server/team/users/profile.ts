import { eq } from 'drizzle-orm';
import {
	type AuthSession,
	type Profile,
	profileInput,
	type ProfileInput,
} from '#lib/contract/user.ts';
import { requireSignedIn } from '#lib/server/core/permissions.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { users } from '#lib/server/core/db/schema/index.ts';
import { unauthorized } from '#lib/server/core/errors.ts';
import { inTransaction } from '#lib/server/core/db/transaction.ts';
import { parse } from '#lib/server/core/parse.ts';
import {
	authSessionIdOf,
	authSessionsOf,
	endAuthSessions,
	presentUser,
} from '../auth/unchecked.ts';
import { audit } from '../audit/unchecked.ts';

/** Returns the signed-in user with their own settings. */
export async function getProfile(ctx: Ctx): Promise<Profile> {
	const { id } = requireSignedIn(ctx);
	const [row] = await ctx.db.select().from(users).where(eq(users.id, id));
	if (!row) throw unauthorized('sign in first');
	const { time_zone, wants_daily_summary } = row;
	return { ...presentUser(row), time_zone, wants_daily_summary };
}

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

/** Returns the signed-in user's latest 100 auth sessions. */
export async function listOwnAuthSessions(ctx: Ctx, cookie: string | null): Promise<AuthSession[]> {
	return authSessionsOf(ctx, requireSignedIn(ctx).id, cookie);
}

/** Signs the user out of every browser except the one with this cookie. */
export async function endOtherAuthSessions(ctx: Ctx, cookie: string | null): Promise<void> {
	const actor = requireSignedIn(ctx);
	const current = authSessionIdOf(ctx, cookie);
	if (current === undefined) throw unauthorized('sign in first');
	await inTransaction(ctx, async (tx) => {
		await endAuthSessions(tx, actor.id, current);
		const target = { type: 'user', id: actor.id, name: actor.name };
		await audit(tx, { action: 'user.signed_out_everywhere', target, detail: { others: true } });
	});
}
