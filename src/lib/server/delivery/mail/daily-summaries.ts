import { and, eq, sql } from 'drizzle-orm';
import type { Ctx } from '#lib/server/core/context.ts';
import { users } from '#lib/server/core/db/schema/index.ts';
import { queueMail } from './queue.ts';
import { z } from 'zod';

const FROM_HOUR = 8;
/** The hour from which a summary is stale, so that a server that was down in the morning skips it. */
const TO_HOUR = 12;

/** Queues yesterday's summary once for every subscriber in whose time zone it is morning. Returns the number of mails. */
export async function queueDailySummaries(ctx: Ctx): Promise<number> {
	const now = ctx.app.clock();
	const subscribers = await ctx.db
		.select()
		.from(users)
		.where(and(eq(users.is_active, true), eq(users.wants_daily_summary, true)))
		.limit(500);
	let queued = 0;
	for (const { name, email, time_zone } of subscribers) {
		const zone = time_zone ?? 'UTC';
		const hour = getHour(zone, now);
		if (hour < FROM_HOUR || hour >= TO_HOUR) continue;
		const today = getMidnight(zone, now);
		const yesterday = getMidnight(zone, new Date(today.getTime() - 1));
		const mails = await queueMail(ctx, {
			template: 'daily_summary',
			data: {
				name,
				day: formatDay(zone, yesterday),
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

const countsSchema = z.object({
	sessions: z.coerce.number(),
	engaged: z.coerce.number(),
	complete: z.coerce.number(),
	leads: z.coerce.number(),
	failed_deliveries: z.coerce.number(),
	open_errors: z.coerce.number(),
	open_issues: z.coerce.number(),
});

type LabeledValue = [label: string, value: string];

/**
 * Counts a day's chats and leads, and items that currently need attention. Excludes test chats. Uses the indexes
 * chat_sessions_list, deliveries_list, error_groups_list and chat_sessions_qa.
 */
async function countDay(
	ctx: Ctx,
	from: Date,
	to: Date,
): Promise<{ numbers: LabeledValue[]; attention: LabeledValue[] }> {
	const [start, end] = [from, to].map((at) => sql`${at.toISOString()}::timestamptz`);
	const { rows } = await ctx.db.execute(sql`
		with day as (
			select s.ai_engaged, s.completion_status, l.id as lead_id
			from chat_sessions s left join leads l on l.chat_session_id = s.id
			where s.archive_status in ('active', 'archived') and s.last_activity_at >= ${start}
				and s.created_at >= ${start} and s.created_at < ${end} and s.channel <> 'test'
		)
		select count(*) as sessions, count(*) filter (where ai_engaged) as engaged,
			count(*) filter (where completion_status = 'complete') as complete, count(lead_id) as leads,
			(select count(*) from (select 1 from deliveries where status = 'failed' and created_at >= ${start} limit 1000) d) as failed_deliveries,
			(select count(*) from (select 1 from error_groups where resolved_at is null and last_seen_at >= ${start} limit 1000) g) as open_errors,
			(select count(*) from (select 1 from chat_sessions where qa_status = 'issue' limit 1000) i) as open_issues
		from day`);
	const counts = countsSchema.parse(rows[0]);
	return {
		numbers: [
			['Chats', String(counts.sessions)],
			['Answered visitors', String(counts.engaged)],
			['Leads', String(counts.leads)],
			['Completed', `${counts.complete}${formatShare(counts.complete, counts.sessions)}`],
		],
		attention: (
			[
				['Deliveries that failed', counts.failed_deliveries],
				['Open errors', counts.open_errors],
				['Open issues', counts.open_issues],
			] as const
		).flatMap(([label, count]): LabeledValue[] => (count > 0 ? [[label, String(count)]] : [])),
	};
}

const formatShare = (part: number, whole: number) =>
	whole === 0 ? '' : ` (${Math.round((100 * part) / whole)}%)`;

const HOUR_MS = 3_600_000;

const getWallClockParts = (timeZone: string, at: Date) => {
	const format = new Intl.DateTimeFormat('en-GB', {
		timeZone,
		hourCycle: 'h23',
		year: 'numeric',
		month: '2-digit',
		day: '2-digit',
		hour: '2-digit',
		minute: '2-digit',
		second: '2-digit',
	});
	const parts = Object.fromEntries(
		format.formatToParts(at).map(({ type, value }) => [type, value]),
	);
	return {
		date: `${parts['year']}-${parts['month']}-${parts['day']}`,
		hour: Number(parts['hour']),
		minute: Number(parts['minute']),
		second: Number(parts['second']),
	};
};

/** Returns the hour in a time zone, 0 to 23. */
const getHour = (timeZone: string, at: Date): number => getWallClockParts(timeZone, at).hour;

/** Returns the date in a time zone: "Sunday, 22 November 2026". */
const formatDay = (timeZone: string, at: Date): string =>
	new Intl.DateTimeFormat('en-GB', { timeZone, dateStyle: 'full' }).format(at);

/** Returns when the current day in a time zone started, taking into account clock changes. */
export function getMidnight(timeZone: string, at: Date): Date {
	const { date, hour, minute, second } = getWallClockParts(timeZone, at);
	const guess = at.getTime() - ((hour * 60 + minute) * 60 + second) * 1000 - at.getMilliseconds();
	// A clock change since midnight moves the guess by an hour or two.
	for (const shiftHours of [0, 1, -1, 2, -2]) {
		const candidate = new Date(guess + shiftHours * HOUR_MS);
		const parts = getWallClockParts(timeZone, candidate);
		const isMidnight = parts.date === date && parts.hour === 0 && parts.minute === 0;
		const before = getWallClockParts(timeZone, new Date(candidate.getTime() - 1));
		if (isMidnight && before.date !== date) return candidate;
	}
	return new Date(guess);
}
