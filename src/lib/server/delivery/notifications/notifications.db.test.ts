import { randomUUID } from 'node:crypto';
import { eq, sql } from 'drizzle-orm';
import { beforeEach, describe, expect, it } from 'vitest';
import {
	DEFAULT_NOTIFICATION_SETTINGS,
	type NotificationSettings,
} from '#lib/contract/notification.ts';
import type { LeadInput } from '#lib/contract/lead.ts';
import { completeSession, removeSessions } from '#lib/server/conversations/sessions/unchecked.ts';
import {
	alerts,
	chat_sessions,
	deliveries,
	mails,
	push_messages,
	push_subscriptions,
	users,
} from '#lib/server/core/db/schema/index.ts';
import { inTransaction, record } from '#lib/server/core/db/transaction.ts';
import { requestHandoff } from '#lib/server/conversations/handoffs/index.ts';
import { createEndpoint, listDeliveries } from '#lib/server/delivery/webhooks/index.ts';
import { updateLead } from '#lib/server/leads/index.ts';
import { sweepOverdueLeads } from '#lib/server/leads/unchecked.ts';
import { createChat } from '../../../../../tests/factories/chat.ts';
import { createSite } from '../../../../../tests/factories/site.ts';
import { toActor, signInForCookie, createUser } from '../../../../../tests/factories/user.ts';
import { useTestApp } from '../../../../../tests/support/app.ts';
import { useStandIn } from '../../../../../tests/support/use-stand-in.ts';
import { getNotifications, registerDevice, updateNotificationSettings } from './index.ts';
import { ensureVapidKeys, queueAlertMessages, sendDuePushMessages } from './unchecked.ts';

const t = useTestApp({
	OUTBOUND_ALLOW_PRIVATE: 'true',
	VAPID_SUBJECT: 'mailto:ops@example.com',
	RESEND_API_KEY: 're_nothing_is_sent_here',
	MAIL_FROM: 'frontdesk@example.com',
});
const standIn = useStandIn();
const HOUR = 3_600_000;
const LEAD = { name: 'Ada Lovelace', email: 'ada@example.com', phone: '+4930123456' };

beforeEach(async () => {
	await t.app.db.delete(alerts);
	await t.app.db.delete(chat_sessions);
	await t.app.db.delete(mails);
	await t.app.db.delete(users);
	standIn().push.clear();
});

/** Creates a user with a registered browser. */
async function createRecipient(settings: Partial<NotificationSettings> = {}) {
	const user = await createUser(t.app);
	const ctx = t.ctx(toActor(user));
	const cookie = await signInForCookie(t.app, user);
	const subscription = standIn().push.subscribe(randomUUID());
	await registerDevice(ctx, subscription, { cookie, user_agent: 'Firefox/140.0' });
	await updateNotificationSettings(ctx, { ...DEFAULT_NOTIFICATION_SETTINGS, ...settings });
	return { user, ctx, cookie, subscription };
}
async function completeChat(lead: LeadInput = LEAD, site = 'default') {
	const chat = await createChat(t.ctx(), { site, lead });
	await completeSession(t.ctx(), { chat_session_id: chat.id, source: 'live' });
	return chat;
}
async function deliver(): Promise<void> {
	await queueAlertMessages(t.ctx());
	await ensureVapidKeys(t.ctx());
	await sendDuePushMessages(t.ctx());
}
const listAccepted = () => standIn().push.accepted;
const raiseAiAlert = (fail = 12) =>
	inTransaction(t.ctx(), (tx) =>
		record(tx, 'ai.failing', { site: 'default', failed: fail, turns: 20 }),
	);
const listDevices = async (ctx: ReturnType<typeof t.ctx>) => (await getNotifications(ctx)).devices;

describe('a completed lead with contact details', () => {
	it('reaches every device, encrypted, without the visitor’s name or contact details', async () => {
		await createRecipient();
		await createRecipient();
		const { session_id } = await completeChat();
		await deliver();
		expect(listAccepted()).toHaveLength(2);
		expect(listAccepted()[0]).toMatchObject({
			payload: {
				title: 'New lead on Default',
				body: 'They left an email address and a phone number.',
				url: `/inbox/${session_id}`,
			},
			urgency: 'normal',
			subject: 'mailto:ops@example.com',
			vapid_public_key: await ensureVapidKeys(t.ctx()),
		});
		const { ttl, topic } = listAccepted()[0] ?? {};
		expect(ttl).toBeGreaterThan(23 * 3600);
		expect(topic).toMatch(/^[\w-]{32}$/);
		const { rows } = await t.app.db.execute(sql`
			select (select json_agg(m) from push_messages m)::text || (select json_agg(a) from alerts a)::text as stored`);
		expect(JSON.stringify([listAccepted(), rows])).not.toMatch(/Ada|ada@|4930123456/);
	});

	it('alerts once, however often the lead changes afterwards', async () => {
		await createRecipient();
		const { session_id } = await completeChat();
		await deliver();
		for (const name of ['Ada', 'Ada L.']) {
			await updateLead(t.ctx(), { session_id }, { fields: { name }, source: 'api' });
		}
		await deliver();
		expect(listAccepted()).toHaveLength(1);
	});

	it('alerts when the contact details come after the completion', async () => {
		await createRecipient();
		const { session_id } = await completeChat({ name: 'Ada' });
		await deliver();
		expect(listAccepted()).toHaveLength(0);
		const fields = { email: 'ada@example.com' };
		await updateLead(t.ctx(), { session_id }, { fields, source: 'ai' });
		await deliver();
		expect(listAccepted()[0]?.payload.body).toBe('They left an email address.');
	});

	it('alerts no one before the chat is complete, or for a test chat', async () => {
		await createRecipient();
		await createChat(t.ctx(), { lead: LEAD });
		const test = await createChat(t.ctx(), { channel: 'test', lead: LEAD });
		await completeSession(t.ctx(), { chat_session_id: test.id, source: 'live' });
		await deliver();
		expect(standIn().push.recorder.requests).toHaveLength(0);
	});

	it('is combined with the site’s other alerts when there are many', async () => {
		await createRecipient();
		for (let chat = 0; chat < 5; chat++) await completeChat();
		await deliver();
		expect(listAccepted().map(({ payload }) => payload)).toMatchObject([
			{ title: '5 new leads on Default', url: '/leads' },
		]);
	});
});

describe('a request for a person', () => {
	it('reaches every device immediately, until its deadline', async () => {
		await createRecipient();
		const { session_id } = await createChat(t.ctx());
		await requestHandoff(t.ctx(), session_id, { reason: 'Call me, Ada', wait_seconds: 90 });
		await deliver();
		expect(listAccepted()).toMatchObject([
			{
				payload: {
					title: 'A visitor is asking for a person on Default',
					body: 'They’ll wait 90 seconds. Open the chat to take over.',
					url: `/inbox/${session_id}`,
				},
				urgency: 'high',
			},
		]);
		expect(listAccepted()[0]?.ttl).toBeLessThanOrEqual(90);
		// Emails for handoffs are on by default.
		expect(await t.app.db.select().from(mails)).toMatchObject([{ template: 'notification' }]);
	});

	it('is not sent after its deadline', async () => {
		await createRecipient();
		const { session_id } = await createChat(t.ctx());
		await requestHandoff(t.ctx(), session_id, { wait_seconds: 90 });
		t.advance(90_000);
		await deliver();
		expect(standIn().push.recorder.requests).toHaveLength(0);
	});
});

describe('an overdue lead and a failing AI', () => {
	it('alert each user by the channels of their choice', async () => {
		const none = { push: false, email: false };
		const email = { push: false, email: true };
		const { alerts: defaults } = DEFAULT_NOTIFICATION_SETTINGS;
		await createRecipient({
			alerts: { ...defaults, lead_completed: none, lead_overdue: email, ai_failing: none },
		});
		const pushed = await createRecipient({ alerts: { ...defaults, lead_completed: none } });
		await completeChat();
		t.advance(25 * HOUR);
		await sweepOverdueLeads(t.ctx());
		await raiseAiAlert();
		await deliver();
		expect(listAccepted().map(({ payload }) => [payload.title, payload.body])).toEqual([
			['Lead overdue on Default', 'No one has replied to it yet.'],
			['AI failing on Default', '12 of the last 20 answers failed.'],
		]);
		expect(await listDevices(pushed.ctx)).toMatchObject([{ failing_since: null }]);
		const sent = await t.app.db.select().from(mails);
		expect(sent).toMatchObject([{ template: 'notification', subject: 'Lead overdue on Default' }]);
		expect(sent[0]?.text).toContain('Visitor: Ada Lovelace');
	});

	it('alert no one of a lead that no one can contact, but do while Messenger accepts replies', async () => {
		await createRecipient();
		await completeChat({ name: 'Ada' });
		const { id, session_id } = await completeChat({ name: 'Grace' });
		const reply_until = new Date(t.app.clock().getTime() + 26 * HOUR);
		await t.app.db.update(chat_sessions).set({ reply_until }).where(eq(chat_sessions.id, id));
		await updateLead(t.ctx(), { session_id }, { fields: { name: 'Grace H.' }, source: 'api' });
		t.advance(25 * HOUR);
		await sweepOverdueLeads(t.ctx());
		await deliver();
		expect(listAccepted().map(({ payload }) => [payload.title, payload.body, payload.url])).toEqual(
			[['Lead overdue on Default', 'No one has replied to it yet.', `/inbox/${session_id}`]],
		);
	});

	it('reach webhook endpoints too, an overdue lead once', async () => {
		await createEndpoint(t.ctx(), {
			site: 'default',
			url: 'http://127.0.0.1:9/',
			events: ['lead.overdue'],
		});
		const { session_id } = await completeChat();
		t.advance(25 * HOUR);
		for (let sweep = 0; sweep < 2; sweep++) await sweepOverdueLeads(t.ctx());
		const { items } = await listDeliveries(t.ctx(), { session_id });
		expect(items).toMatchObject([{ event: 'lead.overdue', status: 'pending' }]);
		const [row] = await t.app.db.select({ body: deliveries.body }).from(deliveries);
		expect(JSON.parse(row?.body ?? '')).toMatchObject({
			type: 'lead.overdue',
			data: { session: { session_id }, lead: { email: LEAD.email } },
		});
	});

	it('follow the choices for their site', async () => {
		const site = await createSite(t.app);
		const none = { push: false, email: false };
		const { alerts: defaults } = DEFAULT_NOTIFICATION_SETTINGS;
		await createRecipient({ sites: { [site.key]: { ...defaults, lead_completed: none } } });
		await completeChat(LEAD, site.key);
		await completeChat();
		await deliver();
		expect(listAccepted()).toHaveLength(1);
		expect(listAccepted()[0]?.payload.title).toBe('New lead on Default');
	});
});

describe('in quiet hours', () => {
	/** Creates a user whose quiet hours began an hour ago and end in the given number of hours, in a zone with clock changes. */
	async function createQuietRecipient(hours: number, zone = 'Europe/Berlin') {
		const getWallTime = (ms: number) =>
			new Intl.DateTimeFormat('en-GB', {
				timeZone: zone,
				hourCycle: 'h23',
				hour: '2-digit',
				minute: '2-digit',
			}).format(t.app.clock().getTime() + ms);
		const email = { push: true, email: true };
		const { alerts: defaults } = DEFAULT_NOTIFICATION_SETTINGS;
		const recipient = await createRecipient({
			alerts: { ...defaults, lead_completed: email },
			quiet_hours: { from: getWallTime(-HOUR), to: getWallTime(hours * HOUR) },
		});
		await t.app.db.update(users).set({ time_zone: zone }).where(eq(users.id, recipient.user.id));
		return recipient;
	}

	it('push messages and emails wait until the end', async () => {
		await createQuietRecipient(3);
		await completeChat();
		await deliver();
		expect(listAccepted()).toHaveLength(0);
		const [push] = await t.app.db.select().from(push_messages);
		const waitMs = Number(push?.next_attempt_at) - t.app.clock().getTime();
		expect(waitMs).toBeGreaterThan(2.9 * HOUR);
		expect(waitMs).toBeLessThanOrEqual(3 * HOUR);
		const [mail] = await t.app.db.select().from(mails);
		expect(mail?.next_attempt_at).toEqual(push?.next_attempt_at);
		t.advance(3 * HOUR);
		await deliver();
		expect(listAccepted()).toHaveLength(1);
		expect(listAccepted()[0]?.ttl).toBeLessThan(21.1 * 3600);
	});

	it('push messages that would expire before the end are not queued', async () => {
		await createQuietRecipient(3);
		await raiseAiAlert();
		await deliver();
		expect(await t.app.db.$count(push_messages)).toBe(0);
		expect(await t.app.db.$count(alerts)).toBe(1);
	});
});

describe('nothing is lost or duplicated', () => {
	it('when processes queue and send at the same time', async () => {
		await createRecipient();
		await completeChat();
		await Promise.all([1, 2, 3].map(() => queueAlertMessages(t.ctx())));
		await ensureVapidKeys(t.ctx());
		await Promise.all([1, 2, 3].map(() => sendDuePushMessages(t.ctx())));
		await deliver();
		expect(listAccepted()).toHaveLength(1);
	});

	it('when a process dies while it queues', async () => {
		await createRecipient();
		await completeChat();
		const crash = inTransaction(t.ctx(), async (tx) => {
			await queueAlertMessages(tx);
			throw new Error('killed');
		});
		await expect(crash).rejects.toThrow('killed');
		expect(await t.app.db.$count(push_messages)).toBe(0);
		await deliver();
		expect(listAccepted()).toHaveLength(1);
	});

	it('when the event’s transaction is rolled back, no one is alerted', async () => {
		await createRecipient();
		const chat = await createChat(t.ctx(), { lead: LEAD });
		const crash = inTransaction(t.ctx(), async (tx) => {
			await completeSession(tx, { chat_session_id: chat.id, source: 'live' });
			throw new Error('killed');
		});
		await expect(crash).rejects.toThrow('killed');
		await deliver();
		expect(await t.app.db.$count(alerts)).toBe(0);
	});

	it('a message whose response was lost is repeated with the same topic and tag', async () => {
		await createRecipient();
		await completeChat();
		standIn().push.failNext('accepted-then-reset');
		await deliver();
		t.advance(60_000);
		await deliver();
		const [first, second] = listAccepted();
		expect(listAccepted()).toHaveLength(2);
		expect(second).toMatchObject({ topic: first?.topic, payload: first?.payload });
	});
});

describe('a push service', () => {
	it.each(['gone', 'unknown'] as const)('that responds %s removes the device', async (failure) => {
		const { ctx } = await createRecipient();
		await completeChat();
		standIn().push.failNext(failure);
		await deliver();
		expect(await listDevices(ctx)).toEqual([]);
		expect(await t.app.db.$count(push_messages)).toBe(0);
	});

	it.each(['broken', 'busy', 'reset'] as const)('that is %s is called again', async (failure) => {
		const { ctx } = await createRecipient();
		await completeChat();
		standIn().push.failNext(failure);
		await deliver();
		const [failing] = await listDevices(ctx);
		expect(failing).toMatchObject({
			failing_since: expect.any(String) as string,
			last_error: expect.stringMatching(/\S/) as string,
		});
		t.advance(120_000);
		await deliver();
		expect(listAccepted()).toHaveLength(1);
		expect(await listDevices(ctx)).toMatchObject([{ failing_since: null, last_error: null }]);
	});

	it('that refuses a message is not called again', async () => {
		await createRecipient();
		await completeChat();
		standIn().push.failNext('refused');
		await deliver();
		t.advance(HOUR);
		await deliver();
		expect(standIn().push.recorder.requests).toHaveLength(1);
		expect(await t.app.db.select().from(push_messages)).toMatchObject([
			// Without the response body, because the endpoint could be an internal service.
			{ status: 'failed', last_error: 'the push service responded with status 403' },
		]);
	});

	it('is not called after a message expired', async () => {
		await createRecipient();
		await completeChat();
		await queueAlertMessages(t.ctx());
		t.advance(24 * HOUR);
		await deliver();
		expect(standIn().push.recorder.requests).toHaveLength(0);
	});
});

it('deleting a chat deletes its alerts and messages', async () => {
	await createRecipient();
	const { id } = await completeChat();
	await deliver();
	await inTransaction(t.ctx(), (tx) => removeSessions(tx, [id]));
	expect(await t.app.db.$count(alerts)).toBe(0);
	expect(await t.app.db.$count(push_messages)).toBe(0);
});

it('users who are disabled get nothing, by push or email', async () => {
	const { user } = await createRecipient({
		alerts: {
			...DEFAULT_NOTIFICATION_SETTINGS.alerts,
			lead_completed: { push: true, email: true },
		},
	});
	await t.app.db.update(users).set({ is_active: false }).where(eq(users.id, user.id));
	await completeChat();
	await deliver();
	expect(await t.app.db.$count(push_messages)).toBe(0);
	expect(await t.app.db.$count(mails)).toBe(0);
	expect(await t.app.db.$count(push_subscriptions)).toBe(1);
});
