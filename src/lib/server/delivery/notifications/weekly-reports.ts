import { and, eq, inArray, notInArray, sql } from 'drizzle-orm';
import { z } from 'zod';
import type { Statistics } from '#lib/contract/statistics.ts';
import { formatCount, formatShare } from '#lib/numbers.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { report_subscriptions, sites } from '#lib/server/core/db/schema/index.ts';
import { addDays, getWallClock, getDay } from '#lib/server/core/time-zone.ts';
import { queueMail } from '#lib/server/delivery/mail/unchecked.ts';
import { getStatistics } from '#lib/server/statistics/index.ts';

/** Returns the keys of the sites whose weekly report a user gets. */
export async function listWeeklyReports(ctx: Ctx, userId: number): Promise<string[]> {
	const rows = await ctx.db
		.select({ key: sites.key })
		.from(report_subscriptions)
		.innerJoin(sites, eq(sites.id, report_subscriptions.site_id))
		.where(eq(report_subscriptions.user_id, userId))
		.orderBy(sites.key);
	return rows.map(({ key }) => key);
}

/** Replaces the sites whose weekly report a user gets; ignores sites that don't exist. */
export async function setWeeklyReports(tx: Ctx, user_id: number, keys: string[]): Promise<void> {
	const chosenSites = await tx.db
		.select({ site_id: sites.id })
		.from(sites)
		.where(inArray(sites.key, keys));
	const ids = chosenSites.map(({ site_id }) => site_id);
	await tx.db
		.delete(report_subscriptions)
		.where(
			and(eq(report_subscriptions.user_id, user_id), notInArray(report_subscriptions.site_id, ids)),
		);
	if (ids.length === 0) return;
	await tx.db
		.insert(report_subscriptions)
		.values(ids.map((site_id) => ({ user_id, site_id })))
		.onConflictDoNothing();
}

const tokenSchema = z.uuid();

/**
 * Returns the name of the site whose report a link unsubscribes from; undefined once the link was used. Public, because the
 * token is secret.
 */
export async function findWeeklyReport(ctx: Ctx, token: string): Promise<string | undefined> {
	if (!tokenSchema.safeParse(token).success) return undefined;
	const [row] = await ctx.db
		.select({ name: sites.name })
		.from(report_subscriptions)
		.innerJoin(sites, eq(sites.id, report_subscriptions.site_id))
		.where(eq(report_subscriptions.token, token));
	return row?.name;
}

/** Ends the subscription that a link belongs to; does nothing when repeated. Public, because the token is secret. */
export async function stopWeeklyReport(ctx: Ctx, token: string): Promise<void> {
	if (!tokenSchema.safeParse(token).success) return;
	await ctx.db.delete(report_subscriptions).where(eq(report_subscriptions.token, token));
}

/** Hours since the start of Monday. */
const FROM_HOUR = 8;
/** The end of Tuesday, so that a server that was down on Monday still sends the reports. */
const TO_HOUR = 48;
const HOUR_MS = 3_600_000;
const MAX_ROWS = 200;

const dueReport = z.object({
	email: z.string(),
	site: z.string(),
	site_name: z.string(),
	token: z.string(),
	zone: z.string(),
	monday: z.string(),
	dedupe_key: z.string(),
});
type DueReport = z.infer<typeof dueReport>;

/**
 * Queues last week's report of each site for its subscribers, on Monday morning in the time zone of the site's business
 * hours, else of the user. Queues each report once, even if several processes run at the same time. Returns the number of
 * mails.
 */
export async function queueWeeklyReports(ctx: Ctx): Promise<number> {
	const weeks = await findDueWeeks(ctx);
	if (weeks.length === 0) return 0;
	let queued = 0;
	let due: DueReport[];
	do {
		due = await listDueReports(ctx, weeks);
		for (const reports of Map.groupBy(due, ({ site, zone }) => `${zone} ${site}`).values()) {
			queued += await queueReports(ctx, reports);
		}
	} while (due.length === MAX_ROWS);
	return queued;
}

const ZONE = sql`coalesce(s.business_hours ->> 'time_zone', u.time_zone, 'UTC')`;
const SUBSCRIPTIONS = sql`report_subscriptions r join users u on u.id = r.user_id and u.is_active
	join sites s on s.id = r.site_id and s.archived_at is null`;

/** Returns the time zones in which reports are due, each with the date of its current Monday. */
async function findDueWeeks(ctx: Ctx): Promise<{ zone: string; monday: string }[]> {
	const { rows } = await ctx.db.execute(sql`select distinct ${ZONE} as zone from ${SUBSCRIPTIONS}`);
	const now = ctx.app.clock().getTime();
	return z
		.array(z.object({ zone: z.string() }))
		.parse(rows)
		.map(({ zone }) => ({ zone, monday: getMonday(getDay(zone, now)) }))
		.filter(({ zone, monday }) => {
			const hours = (getWallClock(zone, now) - Date.parse(monday)) / HOUR_MS;
			return hours >= FROM_HOUR && hours < TO_HOUR;
		});
}

const getMonday = (day: string) => addDays(day, -((new Date(day).getUTCDay() + 6) % 7));

async function listDueReports(
	ctx: Ctx,
	weeks: { zone: string; monday: string }[],
): Promise<DueReport[]> {
	const toColumnParam = (pick: (week: (typeof weeks)[number]) => string) =>
		sql.param(weeks.map(pick));
	const { rows } = await ctx.db.execute(sql`
		select u.email, s.key as site, s.name as site_name, r.token, week.zone, week.monday, key.dedupe_key
		from ${SUBSCRIPTIONS}
			join unnest(${toColumnParam(({ zone }) => zone)}::text[], ${toColumnParam(({ monday }) => monday)}::text[])
				as week (zone, monday) on week.zone = ${ZONE}
			cross join lateral (select 'weekly_report:' || s.id || ':' || week.monday as dedupe_key) key
		where not exists (select from mails m where m.dedupe_key = key.dedupe_key and lower(m."to") = lower(u.email))
		order by s.id, week.zone, u.id limit ${MAX_ROWS}`);
	return z.array(dueReport).parse(rows);
}

/** Queues the report of one site and week for several users. */
async function queueReports(ctx: Ctx, reports: DueReport[]): Promise<number> {
	const [{ site, site_name, zone, monday }] = reports as [DueReport];
	const days = { from: addDays(monday, -7), to: addDays(monday, -1) };
	const statistics = await getStatistics(ctx, { site, time_zone: zone, ...days });
	const url = `${ctx.app.config.publicUrl}/analytics?${new URLSearchParams({ site, ...days })}`;
	let queued = 0;
	for (const { email, token, dedupe_key } of reports) {
		const unsubscribe_url = `${ctx.app.config.publicUrl}/unsubscribe/${token}`;
		const mails = await queueMail(ctx, {
			template: 'weekly_report',
			data: {
				site: site_name,
				week: formatWeek(days),
				zone,
				chats: formatQuantity(statistics.totals.sessions, 'chat'),
				leads: formatQuantity(statistics.totals.leads, 'lead'),
				numbers: formatFigures(statistics),
				url,
				unsubscribe_url,
			},
			to: email,
			dedupe_key,
			unsubscribe_url,
		});
		queued += mails.length;
	}
	return queued;
}

const formatQuantity = (count: number, noun: string) =>
	`${formatCount(count)} ${noun}${count === 1 ? '' : 's'}`;
const weekFormat = new Intl.DateTimeFormat('en-US', { dateStyle: 'medium', timeZone: 'UTC' });

/** Formats a week as "Nov 16 – 22, 2026". */
const formatWeek = ({ from, to }: { from: string; to: string }) =>
	weekFormat.formatRange(new Date(from), new Date(to));

type Figure = [label: string, week: string, previousWeek: string];

/** Returns the figures that Analytics shows first, each with its value in the previous week. */
function formatFigures({ totals, previous }: Statistics): Figure[] {
	const compare = (
		label: string,
		pick: (figures: Statistics['totals']) => number | null,
		format = formatCount,
	): Figure => {
		const formatValue = (value: number | null) => (value === null ? '–' : format(value));
		return [label, formatValue(pick(totals)), formatValue(pick(previous))];
	};
	const numbers = [
		compare('Chats', (f) => f.sessions),
		compare('Engaged', (f) => f.ai_engaged),
		compare('Completed', (f) => f.complete),
		compare('Leads', (f) => f.leads),
		compare('Completion rate', (f) => f.completion_rate, formatShare),
	];
	if (totals.qualified + previous.qualified > 0) {
		numbers.push(
			compare('Qualified', (f) => f.qualified),
			compare('Won', (f) => f.won),
		);
	}
	return numbers;
}
