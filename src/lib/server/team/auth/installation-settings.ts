import { eq } from 'drizzle-orm';
import { securitySettings, type SecuritySettings } from '#lib/contract/user.ts';
import { audit } from '../audit/unchecked.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { installation_settings, users } from '#lib/server/core/db/schema/index.ts';
import { inTransaction } from '#lib/server/core/db/transaction.ts';
import { conflict } from '#lib/server/core/errors.ts';
import { parse } from '#lib/server/core/parse.ts';
import { requireAccessManager, requireAdmin } from '#lib/server/core/permissions.ts';

/** Returns whether every user must set up two-factor authentication at their next sign-in. */
export async function requiresTwoFactor(ctx: Ctx): Promise<boolean> {
	const [row] = await ctx.db
		.select({ requires_two_factor: installation_settings.requires_two_factor })
		.from(installation_settings);
	return row?.requires_two_factor ?? false;
}

/** Returns the sign-in settings of the installation. Requires an admin. */
export async function getSecuritySettings(ctx: Ctx): Promise<SecuritySettings> {
	requireAdmin(ctx);
	return { requires_two_factor: await requiresTwoFactor(ctx) };
}

/**
 * Changes the sign-in settings of the installation. Requires an access manager. Throws `conflict` when an
 * admin requires two-factor authentication before setting it up themselves, which proves that it works.
 */
export async function updateSecuritySettings(
	ctx: Ctx,
	input: SecuritySettings,
): Promise<SecuritySettings> {
	requireAccessManager(ctx);
	const settings = parse(securitySettings, input);
	return inTransaction(ctx, async (tx) => {
		if (settings.requires_two_factor) await requireOwnTwoFactor(tx);
		await tx.db
			.insert(installation_settings)
			.values({ id: 1, ...settings })
			.onConflictDoUpdate({ target: installation_settings.id, set: settings });
		const target = { type: 'settings', id: 'security', name: 'sign-in' };
		await audit(tx, { action: 'settings.updated', target, detail: settings });
		return settings;
	});
}

async function requireOwnTwoFactor(tx: Ctx): Promise<void> {
	const { actor } = tx;
	if (actor.type !== 'user') return;
	const [own] = await tx.db
		.select({ sealed_totp: users.sealed_totp })
		.from(users)
		.where(eq(users.id, actor.id));
	if (own?.sealed_totp == null) {
		throw conflict('Set up two-factor authentication for yourself first, under Profile.');
	}
}
