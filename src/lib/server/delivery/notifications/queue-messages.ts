import { inArray, sql } from 'drizzle-orm';
import { z } from 'zod';
import {
	alertKind,
	DEFAULT_NOTIFICATION_SETTINGS,
	notificationSettings,
	type QuietHours,
} from '#lib/contract/notification.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { tryAdvisoryLock } from '#lib/server/core/db/advisory-lock.ts';
import { alerts, push_messages } from '#lib/server/core/db/schema/index.ts';
import { inTransaction, record } from '#lib/server/core/db/transaction.ts';
import { getWallClock } from '#lib/server/core/time-zone.ts';
import { queueMail } from '../mail/unchecked.ts';
import { type AlertMessage, ALERTS, type AlertType } from './alert-kinds.ts';

const BATCH_SIZE = 100;
/** The maximum number of simultaneous alerts of one kind and site that are sent individually; more are combined into one message. */
const MAX_INDIVIDUAL = 3;
/** The arbitrary key of the advisory lock that lets only one process queue at a time. */
const QUEUE_LOCK_KEY = 7_204_553;

const dueAlertSchema = z.object({
	id: z.coerce.number(),
	kind: alertKind,
	site_key: z.string(),
	site_name: z.string(),
	chat_session_id: z.coerce.number().nullable(),
	session_id: z.string().nullable(),
	visitor: z.string().nullable(),
	detail: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
	expires_at: z.coerce.date(),
});
type DueAlert = z.infer<typeof dueAlertSchema>;

/** One message about one or more alerts, before recipients are chosen. */
interface Notice {
	type: AlertType;
	/** The first alert, which identifies the message. */
	alert: DueAlert;
	text: AlertMessage;
}

/** Queues the push messages and emails of all new alerts, and returns the number of alerts. */
export async function queueAlertMessages(ctx: Ctx): Promise<number> {
	let total = 0;
	let queued: number;
	do {
		queued = await inTransaction(ctx, queueBatch);
		total += queued;
	} while (queued === BATCH_SIZE);
	return total;
}

/** Queues the messages of a batch and marks its alerts as queued, in one transaction, so that a crash neither loses nor repeats any. */
async function queueBatch(tx: Ctx): Promise<number> {
	const due = await readDueAlerts(tx);
	if (due.length === 0) return 0;
	const recipients = await findRecipients(tx);
	for (const notice of groupIntoNotices(due)) {
		for (const recipient of recipients) await queueNotice(tx, notice, recipient);
	}
	await tx.db
		.update(alerts)
		.set({ queued_at: tx.app.clock() })
		.where(
			inArray(
				alerts.id,
				due.map(({ id }) => id),
			),
		);
	await record(tx, 'push.queued', {});
	return due.length;
}

/**
 * Reads unqueued alerts, oldest first; none while another process queues. Locks their chats in order of id to avoid
 * deadlocks.
 */
async function readDueAlerts(tx: Ctx): Promise<DueAlert[]> {
	if (!(await tryAdvisoryLock(tx, QUEUE_LOCK_KEY))) return [];
	const due = sql`(select * from alerts where queued_at is null order by id limit ${BATCH_SIZE})`;
	await tx.db.execute(sql`
		select s.id from chat_sessions s where s.id in (select chat_session_id from ${due} a)
		order by s.id for key share`);
	const { rows } = await tx.db.execute(sql`
		select a.id, a.kind, a.detail, a.expires_at, a.chat_session_id, s.public_id as session_id,
			site.key as site_key, site.name as site_name, l.name as visitor
		from ${due} a join sites site on site.id = a.site_id
		left join chat_sessions s on s.id = a.chat_session_id
		left join leads l on l.chat_session_id = s.id
		order by a.id`);
	return z.array(dueAlertSchema).parse(rows);
}

function groupIntoNotices(due: DueAlert[]): Notice[] {
	const groups = Map.groupBy(due, ({ kind, site_key }) => `${kind} ${site_key}`);
	return [...groups.values()].flatMap((group) => {
		const [first] = group;
		if (!first) return [];
		const type = ALERTS[first.kind];
		if (!type.isCombined || group.length <= MAX_INDIVIDUAL) {
			return group.map((alert) => createNotice(type, alert));
		}
		// A combined message isn't about a single chat, so deleting a chat doesn't delete it.
		const about = { chat_session_id: null, session_id: null, visitor: null };
		return [createNotice(type, { ...first, ...about }, group.length)];
	});
}

function createNotice(type: AlertType, alert: DueAlert, count = 1): Notice {
	const { site_key, site_name, session_id, detail } = alert;
	const site = { key: site_key, name: site_name };
	return { type, alert, text: type.createMessage({ site, session_id, detail, count }) };
}

async function queueNotice(tx: Ctx, notice: Notice, recipient: Recipient): Promise<void> {
	const { alert, text } = notice;
	const settings = { ...DEFAULT_NOTIFICATION_SETTINGS, ...recipient.settings };
	const choices = settings.sites[alert.site_key] ?? settings.alerts;
	const { push, email } = choices[alert.kind] ?? DEFAULT_NOTIFICATION_SETTINGS.alerts[alert.kind];
	const now = tx.app.clock();
	const timeZone = recipient.time_zone ?? settings.time_zone ?? 'UTC';
	const not_before = getQuietHoursEnd(settings.quiet_hours, timeZone, now) ?? now;
	if (push) await queuePush(tx, notice, recipient, not_before);
	if (!email) return;
	await queueMail(tx, {
		template: 'notification',
		data: {
			...text,
			site: alert.site_name,
			visitor: alert.visitor,
			url: tx.app.config.publicUrl + text.url,
			settings_url: `${tx.app.config.publicUrl}/settings/notifications`,
		},
		to: recipient.email,
		dedupe_key: `alert:${alert.id}`,
		not_before,
		...(alert.chat_session_id !== null && { chat_session_id: alert.chat_session_id }),
	});
}

/** Queues push messages to the recipient's devices, unless the alert expires before they could be sent. */
async function queuePush(
	tx: Ctx,
	{ type, alert, text }: Notice,
	{ subscription_ids }: Recipient,
	notBefore: Date,
): Promise<void> {
	if (subscription_ids.length === 0 || notBefore >= alert.expires_at) return;
	const tag = `alert-${alert.id}`;
	await tx.db
		.insert(push_messages)
		.values(
			subscription_ids.map((subscription_id) => ({
				subscription_id,
				chat_session_id: alert.chat_session_id,
				dedupe_key: tag,
				payload: { ...text, tag },
				urgency: type.urgency,
				expires_at: alert.expires_at,
				next_attempt_at: notBefore,
				created_at: tx.app.clock(),
			})),
		)
		.onConflictDoNothing();
}

const MAX_USERS = 500;

const recipientSchema = z.object({
	id: z.coerce.number(),
	email: z.string(),
	/** The time zone in the user's profile. */
	time_zone: z.string().nullable(),
	/** Null to use the defaults. */
	settings: notificationSettings.partial().nullable().catch(null),
	subscription_ids: z.array(z.number()),
});
type Recipient = z.infer<typeof recipientSchema>;

/** Returns all active users with their notification settings and devices, at most 500. */
async function findRecipients(ctx: Ctx): Promise<Recipient[]> {
	const { rows } = await ctx.db.execute(sql`
		select u.id, u.email, u.time_zone, u.notification_settings as settings,
			array(select s.id::float8 from push_subscriptions s where s.user_id = u.id order by s.id) as subscription_ids
		from users u where u.is_active order by u.id limit ${MAX_USERS}`);
	return z.array(recipientSchema).parse(rows);
}

const MINUTE_MS = 60_000;
const MINUTES_PER_DAY = 24 * 60;

const toMinutes = (time: string) => Number(time.slice(0, 2)) * 60 + Number(time.slice(3, 5));

/** Returns the minute of the day in a time zone. */
const getMinuteOfDay = (timeZone: string, ms: number) =>
	Math.floor(getWallClock(timeZone, ms) / MINUTE_MS) % MINUTES_PER_DAY;

/**
 * Returns the end of the quiet hours that contain a time, to the minute; null outside quiet hours. The end follows the wall
 * clock across clock changes; if a change skips it, the end is the moment of the change.
 */
export function getQuietHoursEnd(
	hours: QuietHours | null,
	timeZone: string,
	at: Date,
): Date | null {
	if (!hours) return null;
	const [from, to] = [toMinutes(hours.from), toMinutes(hours.to)];
	const isQuiet = (ms: number) => {
		const minute = getMinuteOfDay(timeZone, ms);
		return from < to ? minute >= from && minute < to : minute >= from || minute < to;
	};
	let quietMs = Math.floor(at.getTime() / MINUTE_MS) * MINUTE_MS;
	if (!isQuiet(quietMs)) return null;
	const getMinutesLeft = (ms: number) =>
		(to - getMinuteOfDay(timeZone, ms) + MINUTES_PER_DAY) % MINUTES_PER_DAY;
	let endMs = quietMs;
	// If the clock is set back before `endMs`, that time is still in quiet hours.
	while (isQuiet(endMs)) {
		quietMs = endMs;
		endMs += getMinutesLeft(endMs) * MINUTE_MS;
	}
	// If the clock is set forward, quiet hours end before `endMs`; finds the minute by bisection.
	while (endMs - quietMs > MINUTE_MS) {
		const midpoint = quietMs + Math.floor((endMs - quietMs) / 2 / MINUTE_MS) * MINUTE_MS;
		if (isQuiet(midpoint)) quietMs = midpoint;
		else endMs = midpoint;
	}
	return new Date(endMs);
}
