import { and, eq } from 'drizzle-orm';
import type { Ctx } from '#lib/server/core/context.ts';
import { users } from '#lib/server/core/db/schema/index.ts';
import { countDay } from './count-day.ts';
import { dayIn, hourIn, midnight } from './local-time.ts';
import { queueMail } from './queue.ts';

const FROM_HOUR = 8;
/** Later than this a summary is no longer news: a server that was down in the morning skips it. */
const TO_HOUR = 12;

/** Writes the summary of yesterday to everybody who wants it and whose morning it is, once a day. */
export async function queueDailySummaries(ctx: Ctx): Promise<number> {
	const now = ctx.app.clock();
	const people = await ctx.db
		.select()
		.from(users)
		.where(and(eq(users.is_active, true), eq(users.wants_daily_summary, true)))
		.limit(500);
	let queued = 0;
	for (const { name, email, time_zone } of people) {
		const zone = time_zone ?? 'UTC';
		const hour = hourIn(zone, now);
		if (hour < FROM_HOUR || hour >= TO_HOUR) continue;
		const today = midnight(zone, now);
		const yesterday = midnight(zone, new Date(today.getTime() - 1));
		const mails = await queueMail(ctx, {
			template: 'daily_summary',
			data: {
				name,
				day: dayIn(zone, yesterday),
				...(await countDay(ctx, yesterday, today)),
				url: ctx.app.config.publicUrl,
			},
			to: email,
			dedupe_key: `daily_summary:${yesterday.toISOString()}`,
		});
		queued += mails.length;
	}
	return queued;
}
