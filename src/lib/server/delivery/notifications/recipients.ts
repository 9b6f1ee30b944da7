import { sql } from 'drizzle-orm';
import { z } from 'zod';
import { notificationSettings } from '#lib/contract/notification.ts';
import type { Ctx } from '#lib/server/core/context.ts';

const MAX_USERS = 500;

const recipient = z.object({
	id: z.coerce.number(),
	email: z.string(),
	/** The profile's. */
	time_zone: z.string().nullable(),
	/** Null for the defaults. */
	settings: notificationSettings.partial().nullable().catch(null),
	subscription_ids: z.array(z.number()),
});
export type Recipient = z.infer<typeof recipient>;

/** Returns all active users with their notification settings and devices, at most 500. */
export async function findRecipients(ctx: Ctx): Promise<Recipient[]> {
	const { rows } = await ctx.db.execute(sql`
		select u.id, u.email, u.time_zone, u.notification_settings as settings,
			array(select s.id::float8 from push_subscriptions s where s.user_id = u.id order by s.id) as subscription_ids
		from users u where u.is_active order by u.id limit ${MAX_USERS}`);
	return z.array(recipient).parse(rows);
}
