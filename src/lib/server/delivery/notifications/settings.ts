import { eq, inArray, isNull, sql } from 'drizzle-orm';
import {
	DEFAULT_ALERT_CHOICES,
	DEFAULT_NOTIFICATION_SETTINGS,
	type Notifications,
	type NotificationSettings,
	notificationSettingsInput,
	type NotificationSettingsInput,
} from '#lib/contract/notification.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { installation_settings, sites, users } from '#lib/server/core/db/schema/index.ts';
import { inTransaction } from '#lib/server/core/db/transaction.ts';
import { unauthorized } from '#lib/server/core/errors.ts';
import { parse } from '#lib/server/core/parse.ts';
import { requirePerson } from '#lib/server/core/permissions.ts';
import { audit } from '#lib/server/team/audit/unchecked.ts';
import { listDevices } from './devices.ts';
import { setWeeklyReports, listWeeklyReports } from './weekly-reports.ts';

/** Returns the signed-in user's notification settings and devices. Users only. Throws Forbidden for an API key. */
export async function getNotifications(ctx: Ctx): Promise<Notifications> {
	const id = requirePerson(ctx);
	const [row] = await ctx.db
		.select({ stored: users.notification_settings, time_zone: users.time_zone })
		.from(users)
		.where(eq(users.id, id));
	if (!row) throw unauthorized('sign in first');
	const settings = completeSettings(row.stored);
	return {
		settings,
		weekly_reports: await listWeeklyReports(ctx, id),
		time_zone: row.time_zone ?? settings.time_zone ?? 'UTC',
		devices: await listDevices(ctx, id),
		vapid_public_key: await ensureVapidKeys(ctx),
		is_sending_email: ctx.app.config.mail !== undefined,
	};
}

/** Replaces the signed-in user's notification settings, ignoring sites that don't exist. Users only. Throws Invalid. */
export async function updateNotificationSettings(
	ctx: Ctx,
	input: NotificationSettingsInput,
): Promise<Notifications> {
	const id = requirePerson(ctx);
	const { weekly_reports, ...settings } = parse(notificationSettingsInput, input);
	return inTransaction(ctx, async (tx) => {
		const siteKeys = Object.keys(settings.sites);
		const existingSites = await tx.db
			.select({ key: sites.key })
			.from(sites)
			.where(inArray(sites.key, siteKeys));
		const knownKeys = new Set(existingSites.map(({ key }) => key));
		const notification_settings = {
			...settings,
			sites: Object.fromEntries(
				Object.entries(settings.sites).filter(([key]) => knownKeys.has(key)),
			),
		};
		await tx.db.update(users).set({ notification_settings }).where(eq(users.id, id));
		if (weekly_reports) await setWeeklyReports(tx, id, weekly_reports);
		await audit(tx, { action: 'notifications.updated' });
		return getNotifications(tx);
	});
}

/** Returns stored settings with defaults for missing ones, such as alert kinds that were added later. */
function completeSettings(stored: NotificationSettings | null): NotificationSettings {
	const settings = { ...DEFAULT_NOTIFICATION_SETTINGS, ...stored };
	const completeChoices = (choices: NotificationSettings['alerts']) => ({
		...DEFAULT_ALERT_CHOICES,
		...choices,
	});
	const siteChoices = Object.entries(settings.sites).map(([key, choices]) => [
		key,
		completeChoices(choices),
	]);
	return {
		...settings,
		alerts: completeChoices(settings.alerts),
		sites: Object.fromEntries(siteChoices) as NotificationSettings['sites'],
	};
}

/**
 * Returns the public key that identifies this installation to push services, creating the key pair if there is none. All
 * processes share one pair. If the private key was sealed with an unknown `SECRET_KEY`, logs an error and returns null.
 */
export async function ensureVapidKeys(ctx: Ctx): Promise<string | null> {
	const { secrets, log } = ctx.app;
	const keys = (await readKeys(ctx)) ?? (await createKeys(ctx));
	try {
		secrets.open(keys.sealed_private);
		return keys.public;
	} catch (error) {
		log.error({ err: error }, 'push messages cannot be sent: failed to decrypt the VAPID key');
		return null;
	}
}

async function readKeys(ctx: Ctx): Promise<{ public: string; sealed_private: string } | undefined> {
	const [row] = await ctx.db.select().from(installation_settings);
	const { vapid_public_key, sealed_vapid_private_key } = row ?? {};
	return vapid_public_key && sealed_vapid_private_key
		? { public: vapid_public_key, sealed_private: sealed_vapid_private_key }
		: undefined;
}

/** Creates a key pair, unless another process has just stored one. Returns the stored pair. */
async function createKeys(ctx: Ctx): Promise<{ public: string; sealed_private: string }> {
	const { default: webPush } = await import('web-push');
	const { publicKey, privateKey } = webPush.generateVAPIDKeys();
	const keys = {
		vapid_public_key: publicKey,
		sealed_vapid_private_key: ctx.app.secrets.seal(privateKey),
	};
	await ctx.db
		.insert(installation_settings)
		.values({ id: 1, ...keys })
		.onConflictDoUpdate({
			target: installation_settings.id,
			set: keys,
			setWhere: isNull(sql`${installation_settings.vapid_public_key}`),
		});
	const stored = await readKeys(ctx);
	if (!stored) throw new Error('the keys for push messages were not stored');
	return stored;
}
