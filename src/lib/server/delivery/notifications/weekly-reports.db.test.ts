import { eq } from 'drizzle-orm';
import { beforeEach, describe, expect, it } from 'vitest';
import { createChat } from '../../../../../tests/factories/chat.ts';
import { createSite } from '../../../../../tests/factories/site.ts';
import { toActor, createUser } from '../../../../../tests/factories/user.ts';
import { useTestApp } from '../../../../../tests/support/app.ts';
import { MAIN_METRICS } from '../../../../routes/(dashboard)/analytics/metrics.ts';
import { getCountedStatistics } from '../../../../../tests/support/statistics.ts';
import { useStandIn } from '../../../../../tests/support/use-stand-in.ts';
import { DEFAULT_NOTIFICATION_SETTINGS } from '#lib/contract/notification.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import {
	chat_sessions,
	mails,
	report_subscriptions,
	sites,
	users,
} from '#lib/server/core/db/schema/index.ts';
import { completeSession } from '#lib/server/conversations/sessions/unchecked.ts';
import { sendDueMails } from '#lib/server/delivery/mail/unchecked.ts';
import {
	findWeeklyReport,
	getNotifications,
	stopWeeklyReport,
	updateNotificationSettings,
} from './index.ts';
import { queueWeeklyReports } from './unchecked.ts';

const t = useTestApp();
const standIn = useStandIn();

/** Returns the system's context at a time. November 23, 2026 is a Monday. */
const createCtx = (iso: string): Ctx => ({
	...t.ctx(),
	app: { ...t.app, clock: () => new Date(iso) },
});
const MONDAY = '2026-11-23T13:01:00Z';

beforeEach(async () => {
	await t.app.db.delete(mails);
	await t.app.db.delete(users);
});

async function createSubscriber(...keys: string[]) {
	const user = await createUser(t.app);
	const ctx = t.ctx(toActor(user));
	const choose = (weekly_reports?: string[]) =>
		updateNotificationSettings(ctx, {
			...DEFAULT_NOTIFICATION_SETTINGS,
			...(weekly_reports && { weekly_reports }),
		});
	await choose(keys);
	return { id: user.id, email: user.email, ctx, choose };
}

/** Creates a site with business hours in New York. */
async function createNewYorkSite(name = 'Roofs') {
	const site = await createSite(t.app, {
		name,
		business_hours: {
			time_zone: 'America/New_York',
			intervals: [{ day: 'monday', from: '09:00', to: '17:00' }],
			closed_on: [],
		},
	});
	return site;
}

const listMails = () => t.app.db.select().from(mails).orderBy(mails.id);

describe('a weekly report', () => {
	it('is sent once to each user and site, from Monday at eight until Tuesday in the site’s time zone', async () => {
		const [{ key: first }, { key: second }] = [
			await createNewYorkSite(),
			await createNewYorkSite('Floors'),
		];
		const [ada, grace] = [await createSubscriber(first, second), await createSubscriber(first)];
		for (const early of ['2026-11-22T20:00:00Z', '2026-11-23T12:59:00Z', '2026-11-25T05:01:00Z'])
			expect(await queueWeeklyReports(createCtx(early))).toBe(0);
		const queued = await Promise.all([
			queueWeeklyReports(createCtx(MONDAY)),
			queueWeeklyReports(createCtx(MONDAY)),
		]);
		expect(queued[0] + queued[1]).toBe(3);
		// After a restart, or in another process.
		expect(await queueWeeklyReports(createCtx('2026-11-24T23:00:00Z'))).toBe(0);
		const sent = (await listMails()).map(({ to, subject }) => `${to} ${subject}`);
		expect(sent.sort()).toEqual(
			[
				`${ada.email} Roofs last week: 0 chats, 0 leads`,
				`${ada.email} Floors last week: 0 chats, 0 leads`,
				`${grace.email} Roofs last week: 0 chats, 0 leads`,
			].sort(),
		);
		expect(await queueWeeklyReports(createCtx('2026-11-30T13:01:00Z'))).toBe(3);
	});

	it('uses the user’s time zone for a site without business hours', async () => {
		const { key } = await createSite(t.app);
		const { id } = await createSubscriber(key);
		await t.app.db.update(users).set({ time_zone: 'Asia/Tokyo' }).where(eq(users.id, id));
		expect(await queueWeeklyReports(createCtx('2026-11-22T22:59:00Z'))).toBe(0);
		expect(await queueWeeklyReports(createCtx('2026-11-22T23:01:00Z'))).toBe(1);
	});

	it('shows the figures of Analytics for the week and the one before', async () => {
		const { key: site } = await createNewYorkSite();
		await createSubscriber(site);
		for (const [created, isComplete] of [
			['2026-11-16T04:59:00Z', false],
			['2026-11-16T05:01:00Z', true],
			['2026-11-23T04:59:00Z', false],
			['2026-11-23T05:01:00Z', false],
		] as const) {
			const { id } = await createChat(t.ctx(), { site, lead: { name: 'Maya' } });
			const then = new Date(created);
			await t.app.db
				.update(chat_sessions)
				.set({ created_at: then })
				.where(eq(chat_sessions.id, id));
			if (isComplete) await completeSession(t.ctx(), { chat_session_id: id, source: 'live' });
		}
		const days = { from: '2026-11-16', to: '2026-11-22' };
		const zone = { time_zone: 'America/New_York' };
		const { totals, previous } = await getCountedStatistics(createCtx(MONDAY), {
			site,
			...days,
			...zone,
		});
		expect([totals.sessions, totals.complete, previous.sessions]).toEqual([2, 1, 1]);
		await queueWeeklyReports(createCtx(MONDAY));
		const [mail] = await listMails();
		expect(mail?.subject).toBe('Roofs last week: 2 chats, 2 leads');
		expect(mail?.text).toContain('Chats: 2 (previous week: 1)\n');
		expect(mail?.text).toContain('Completed: 1 (previous week: 0)\n');
		expect(mail?.text).toContain('Completion rate: 50% (previous week: 0%)\n');
		expect(mail?.text).toContain(`/analytics?site=${site}&from=2026-11-16&to=2026-11-22`);
		await queueWeeklyReports(createCtx('2026-11-30T13:01:00Z'));
		expect((await listMails()).at(-1)?.subject).toBe('Roofs last week: 1 chat, 1 lead');
	});

	it('formats its HTML figures like Analytics, and escapes the site’s name', async () => {
		const { key: site } = await createNewYorkSite('<b>Roofs</b> & "more"');
		await createSubscriber(site);
		for (const isComplete of [true, false, false]) {
			const { id } = await createChat(t.ctx(), { site, lead: { name: 'Maya' } });
			if (isComplete) await completeSession(t.ctx(), { chat_session_id: id, source: 'live' });
			await t.app.db
				.update(chat_sessions)
				.set({ created_at: new Date('2026-11-18T15:00:00Z') })
				.where(eq(chat_sessions.id, id));
		}
		const { totals, previous } = await getCountedStatistics(createCtx(MONDAY), {
			site,
			from: '2026-11-16',
			to: '2026-11-22',
			time_zone: 'America/New_York',
		});
		await queueWeeklyReports(createCtx(MONDAY));
		const [mail] = await listMails();
		const rows = [...(mail?.html ?? '').matchAll(/<th scope="row".*?<\/tr>/g)].map(([row]) =>
			row.split(/<[^>]+>/).filter(Boolean),
		);
		const format = (value: number | null, format: (value: number) => string) =>
			value === null ? '–' : format(value);
		const expected = Object.values(MAIN_METRICS).map((metric) => [
			metric.label,
			format(metric.pick(totals), metric.format),
			format(metric.pick(previous), metric.format),
		]);
		expect(rows).toEqual(expected);
		expect(rows).toContainEqual(['Completion rate', '33%', '–']);
		expect(mail?.html).toContain('&lt;b&gt;Roofs&lt;/b&gt; &amp; &quot;more&quot;');
		expect(mail?.html).not.toContain('<b>Roofs');
	});

	it('is not sent for archived sites, or to users who are disabled or opted out', async () => {
		const [archived, open] = [await createNewYorkSite(), await createNewYorkSite()];
		await createSubscriber(archived.key);
		const disabled = await createSubscriber(open.key);
		const out = await createSubscriber(open.key);
		await t.app.db.update(sites).set({ archived_at: new Date() }).where(eq(sites.id, archived.id));
		await t.app.db.update(users).set({ is_active: false }).where(eq(users.id, disabled.id));
		await out.choose([]);
		expect(await queueWeeklyReports(createCtx(MONDAY))).toBe(0);
	});

	it('has the headers for one-click unsubscribe, and its link ends only this report', async () => {
		const [first, second] = [await createNewYorkSite(), await createNewYorkSite()];
		const { ctx } = await createSubscriber(first.key, second.key);
		const { app } = createCtx(MONDAY);
		const account = { apiKey: 're_test', from: 'Frontdesk <mail@example.com>' };
		const mail = { ...account, baseUrl: standIn().mail.url };
		const sending: Ctx = { ...t.ctx(), app: { ...app, config: { ...app.config, mail } } };
		expect(await queueWeeklyReports(sending)).toBe(2);
		await sendDueMails(sending);
		const [row] = await t.app.db
			.select()
			.from(report_subscriptions)
			.where(eq(report_subscriptions.site_id, first.id));
		const token = row?.token ?? '';
		const url = `${t.app.config.publicUrl}/unsubscribe/${token}`;
		const sentMails = standIn()
			.mail.recorder.requests.map((request) => request.json())
			.filter((sentMail) => JSON.stringify(sentMail).includes(token));
		expect(sentMails).toMatchObject([
			{
				text: expect.stringContaining(url) as string,
				html: expect.stringContaining(url) as string,
				headers: {
					'List-Unsubscribe': `<${url}>`,
					'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
				},
			},
		]);
		const anonymous = t.ctx({ type: 'anonymous' });
		expect(await findWeeklyReport(anonymous, token)).toBe('Roofs');
		await stopWeeklyReport(anonymous, token);
		await stopWeeklyReport(anonymous, token);
		for (const unknown of [token, 'not a token'])
			expect(await findWeeklyReport(anonymous, unknown)).toBeUndefined();
		expect((await getNotifications(ctx)).weekly_reports).toEqual([second.key]);
	});
});

describe('the choice of weekly reports', () => {
	it('ignores unknown sites, and is kept when other settings are saved', async () => {
		const { key } = await createNewYorkSite();
		const { choose } = await createSubscriber(key);
		expect((await choose()).weekly_reports).toEqual([key]);
		expect((await choose([key, 'nowhere'])).weekly_reports).toEqual([key]);
		expect((await choose([])).weekly_reports).toEqual([]);
	});

	it('is deleted with its site and its user', async () => {
		const [first, second] = [await createNewYorkSite(), await createNewYorkSite()];
		const { id } = await createSubscriber(first.key, second.key);
		await t.app.db.delete(sites).where(eq(sites.id, first.id));
		const listSubscriptions = () => t.app.db.select().from(report_subscriptions);
		expect(await listSubscriptions()).toMatchObject([{ site_id: second.id }]);
		await t.app.db.delete(users).where(eq(users.id, id));
		expect(await listSubscriptions()).toEqual([]);
	});
});
