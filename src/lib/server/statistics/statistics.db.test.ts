// @module-tag thorough
import { randomUUID } from 'node:crypto';
import { sql } from 'drizzle-orm';
import { beforeAll, describe, expect, it } from 'vitest';
import { createChat } from '../../../../tests/factories/chat.ts';
import { createSite } from '../../../../tests/factories/site.ts';
import { toActor, createUser } from '../../../../tests/factories/user.ts';
import { useTestApp } from '../../../../tests/support/app.ts';
import { createRandom } from '../../../../tests/support/random.ts';
import { getCountedStatistics } from '../../../../tests/support/statistics.ts';
import type { Actor } from '../core/context.ts';
import type { OutcomeInput } from '#lib/contract/lead.ts';
import { setOutcome, updateLead } from '../leads/index.ts';
import { ingestMessages, sendVisitorMessage } from '../conversations/messages/index.ts';
import { eraseVisitor } from '../privacy/visitors/index.ts';
import { submitReview } from '../quality/reviews/index.ts';
import { handBack, takeOver } from '../conversations/handoffs/index.ts';
import {
	deleteSession,
	getSession,
	startSession,
	updateSession,
} from '../conversations/sessions/index.ts';
import { completeSession, sweepSessions } from '../conversations/sessions/unchecked.ts';
import { countWidgetEvents } from './index.ts';
import { foldStatistics, freezeContributions, getSourceName } from './unchecked.ts';
import { inTransaction } from '../core/db/transaction.ts';
import { rebuildStatistics } from './rebuild.ts';
import { MAX_SOURCES } from './widget-events.ts';

const t = useTestApp();
let admin: Actor;

beforeAll(async () => {
	admin = toActor(await createUser(t.app, { role: 'admin', name: 'Grace' }));
});

const getTotals = async (site: string) => (await getCountedStatistics(t.ctx(), { site })).totals;

describe('statistics', () => {
	it('include what has just happened, but no test chats', async () => {
		const { key: site } = await createSite(t.app);
		const { id } = await createChat(t.ctx(), { site, lead: { email: 'ada@example.com' } });
		await createChat(t.ctx(), { site, channel: 'test', lead: { email: 'ada@example.com' } });
		expect(await getTotals(site)).toMatchObject({
			sessions: 1,
			in_progress: 1,
			leads: 1,
			completion_rate: 0,
			qa: { unchecked: 1 },
		});
		await completeSession(t.ctx(), { chat_session_id: id, source: 'live' });
		expect(await getTotals(site)).toMatchObject({
			complete: 1,
			in_progress: 0,
			completion_rate: 1,
			messages_per_chat: 1,
		});
	});

	it('count messages sent after a chat has ended, and reopen an abandoned chat', async () => {
		const { key: site } = await createSite(t.app);
		const { id, session_id } = await createChat(t.ctx(), { site });
		const write = (message: string) =>
			sendVisitorMessage(t.ctx(), { chat_session_id: id, session_id, message });
		await updateSession(t.ctx(), session_id, { completion_status: 'abandoned' });
		expect(await getTotals(site)).toMatchObject({ abandoned: 1, messages_per_chat: 1 });
		await write('I am back');
		expect(await getTotals(site)).toMatchObject({ abandoned: 0, in_progress: 1 });
		await completeSession(t.ctx(), { chat_session_id: id, source: 'live' });
		await write('Thanks');
		expect(await getTotals(site)).toMatchObject({ complete: 1, messages_per_chat: 3 });
	});

	it('count an imported conversation on the days of its start and completion, in any order of import', async () => {
		const id = `session_${randomUUID().replaceAll('-', '')}`;
		const dayAgo = (days: number) =>
			new Date(t.app.clock().getTime() - days * 86_400_000).toISOString().slice(0, 10);
		const [first, second] = [dayAgo(21), dayAgo(20)];
		const getCounts = async (day: string) => {
			const period = { from: day, to: day, site: 'default' };
			const { sessions, complete } = (await getCountedStatistics(t.ctx(), period)).totals;
			return [sessions, complete];
		};
		const ingest = (sender: 'visitor' | 'ai', message: string, timestamp: string) =>
			ingestMessages(t.ctx(), id, { sender, message, timestamp });
		await ingest('visitor', 'Thanks', `${second}T09:00:00Z`);
		await foldStatistics(t.ctx());
		expect(await getCounts(second)).toEqual([1, 0]);
		await ingest('visitor', 'A new roof?', `${first}T09:00:00Z`);
		await completeSession(t.ctx(), {
			chat_session_id: (await getSession(t.ctx(), id)).id,
			source: 'ingest',
			at: new Date(`${second}T09:00:00Z`),
		});
		await foldStatistics(t.ctx());
		expect(await getCounts(second)).toEqual([0, 0]);
		expect(await getCounts(first)).toEqual([1, 1]);
		const { totals: both } = await getCountedStatistics(t.ctx(), { from: first, to: second });
		expect(both).toMatchObject({ sessions: 1, complete: 1 });
		// One day, within the precision of the bins.
		expect((both.time_to_complete_s ?? 0) / 86_400).toBeCloseTo(1, 0);
	});

	it('exclude deleted chats, however they were deleted', async () => {
		const { key: site } = await createSite(t.app);
		const [first, second] = [
			await createChat(t.ctx(), { site }),
			await createChat(t.ctx(), { site }),
		];
		expect(await getTotals(site)).toMatchObject({ sessions: 2 });
		await deleteSession(t.ctx(admin), first.session_id);
		expect(await getTotals(site)).toMatchObject({ sessions: 1 });
		await t.app.db.execute(sql`delete from chat_sessions where id = ${second.id}`);
		expect(await getTotals(site)).toMatchObject({ sessions: 0 });
	});

	it('show after which question visitors left, and compare greetings', async () => {
		const greetings = [
			{ key: 'a', text: 'Hi' },
			{ key: 'b', text: 'Hello' },
		];
		const { key: site } = await createSite(t.app, { greetings });
		for (let n = 0; n < 4; n += 1) {
			const { session } = await startSession(t.ctx(), { site });
			const { session_id } = session;
			await updateLead(t.ctx(), { session_id }, { fields: { name: 'Ada' }, source: 'ai' });
			await updateSession(t.ctx(), session_id, { completion_status: 'abandoned' });
		}
		const {
			questions,
			fields,
			greetings: compared,
		} = await getCountedStatistics(t.ctx(), { site });
		expect(questions).toEqual([expect.objectContaining({ abandoned: 4, share: 1 })]);
		expect(questions[0]?.key).not.toBe('name');
		expect(fields).toEqual([
			expect.objectContaining({ key: 'name', captured: 4, abandoned_after: 4, abandoned_share: 1 }),
		]);
		expect(compared.reduce((sum, { opened }) => sum + opened, 0)).toBe(4);
		expect(compared.every(({ verdict }) => verdict === 'too_early')).toBe(true);
	});

	it('have a funnel in which no step exceeds the one before it', async () => {
		const { key: site } = await createSite(t.app);
		const context = { utm_source: 'Google', utm_campaign: 'Spring' };
		await countWidgetEvents(t.ctx(), [
			{ site, event: 'shown', context },
			{ site, event: 'shown', context },
			{ site, event: 'shown' },
			{ site, event: 'opened', context },
		]);
		await startSession(t.ctx(), { site, context });
		const { funnel, sources } = await getCountedStatistics(t.ctx(), { site });
		expect(funnel.map(({ count }) => count)).toEqual([3, 1, 0, 0, 0, 0]);
		expect(sources).toEqual([
			expect.objectContaining({ source: 'google', campaign: 'spring', shown: 2, sessions: 1 }),
			expect.objectContaining({ source: 'direct', campaign: '', shown: 1, sessions: 0 }),
		]);
	});

	it('count the hosts and apps of a network as the network', async () => {
		const { key: site } = await createSite(t.app);
		const hosts = {
			// https://github.com/matomo-org/searchengine-and-social-list/issues/11
			google: [
				'www.google.com',
				'google.de',
				'www.google.co.uk',
				'com.google.android.googlequicksearchbox',
			],
			facebook: ['l.facebook.com', 'm.facebook.com'],
			twitter: ['t.co', 'x.com'],
			pinterest: ['com.pinterest'],
			linkedin: ['com.linkedin.android'],
			'com.google.android.gm': ['com.google.android.gm'],
			'docs.google.com': ['docs.google.com'],
			'notgoogle.com': ['notgoogle.com'],
		};
		await countWidgetEvents(t.ctx(), [
			{ site, event: 'shown', context: { utm_source: 'google' } },
			...Object.values(hosts)
				.flat()
				.map((host) => ({
					site,
					event: 'shown' as const,
					context: {
						referrer: `${/^com\./.test(host) ? 'android-app' : 'https'}://${host}/`,
						page_url: 'https://shop.example/',
					},
				})),
		]);
		const { sources } = await getCountedStatistics(t.ctx(), { site });
		expect(Object.fromEntries(sources.map(({ source, shown }) => [source, shown]))).toEqual({
			google: 5,
			facebook: 2,
			twitter: 2,
			pinterest: 1,
			linkedin: 1,
			'com.google.android.gm': 1,
			'docs.google.com': 1,
			'notgoogle.com': 1,
		});
		for (const [name, [host = '']] of Object.entries(hosts)) {
			expect(getSourceName({ referrer: `https://${host}/` })).toBe(name);
		}
	});

	it('count as many completed chats in the funnel as in the totals, with and without contact details', async () => {
		const { key: site } = await createSite(t.app);
		const leads: Record<string, string>[] = [{ email: 'ada@example.com' }, { name: 'Grace' }];
		for (const lead of leads) {
			const { id } = await createChat(t.ctx(), { site, lead });
			await completeSession(t.ctx(), { chat_session_id: id, source: 'live' });
		}
		await createChat(t.ctx(), { site, lead: { email: 'eve@example.com' } });
		const { funnel, totals: all } = await getCountedStatistics(t.ctx(), { site });
		const counts = Object.fromEntries(funnel.map(({ step, count }) => [step, count]));
		expect(all.complete).toBe(2);
		expect(counts).toMatchObject({ opened: 3, engaged: 3, contact_given: 3, completed: 2 });
	});

	it('count as many engaged chats in the funnel as in the totals', async () => {
		const { key: site } = await createSite(t.app);
		const email = 'ada@example.com';
		const answered = [
			await createChat(t.ctx(), { site, lead: { email } }),
			await createChat(t.ctx(), { site }),
		];
		for (const { id } of answered)
			await t.app.db.execute(sql`update chat_sessions set ai_engaged = true where id = ${id}`);
		await createChat(t.ctx(), { site, lead: { email: 'identified@example.com' } });
		const { funnel, totals: all } = await getCountedStatistics(t.ctx(), { site });
		expect(all.ai_engaged).toBe(2);
		expect(funnel.find(({ step }) => step === 'engaged')?.count).toBe(2);
	});
});

describe('statistics by version', () => {
	/** Creates a chat whose turns had these versions and outcomes, some days ago. */
	async function createChatWithTurns(
		site: string,
		days: number,
		turns: [version: string, outcome?: string][],
	) {
		const { id, session_id } = await createChat(t.ctx(), {
			site,
			lead: { email: 'ada@example.com' },
		});
		await t.app.db.execute(sql`
			update chat_sessions set version = ${turns[0]?.[0] ?? null}, created_at = created_at - ${days} * interval '1 day'
			where id = ${id}`);
		for (const [version, outcome = 'ok'] of turns) {
			await t.app.db.execute(sql`
				insert into ai_turns (turn_id, chat_session_id, site_id, action, connector, version, outcome, finished_at)
				select gen_random_uuid(), id, site_id, 'message', 'n8n', ${version}, ${outcome}, now() + interval '2 seconds'
				from chat_sessions where id = ${id}`);
		}
		await t.app.db.execute(sql`insert into statistics_due (chat_session_id) values (${id})`);
		return { id, session_id };
	}
	const getByVersion = (site: string) =>
		getCountedStatistics(t.ctx(), { site, group_by: 'version' });

	it('count chats under their first version and turns under their own, including late changes', async () => {
		const { key: site } = await createSite(t.app);
		const first = await createChatWithTurns(site, 2, [['v1'], ['v1', 'timeout']]);
		await createChatWithTurns(site, 0, [['v2'], ['v3', 'bad_status']]);
		await getByVersion(site);
		await completeSession(t.ctx(), { chat_session_id: first.id, source: 'live' });
		await submitReview(t.ctx(admin), first.session_id, { qa_status: 'passed' });
		const { versions, totals } = await getByVersion(site);
		expect(versions).toEqual([
			expect.objectContaining({
				version: 'v1',
				sessions: 1,
				completed_leads: 1,
				pass_rate: 1,
				turns: 2,
				failure_rate: 0.5,
			}),
			expect.objectContaining({
				version: 'v2',
				sessions: 1,
				completed_leads: 0,
				pass_rate: null,
				turns: 1,
				failure_rate: 0,
			}),
			expect.objectContaining({ version: 'v3', sessions: 0, turns: 1, failure_rate: 1 }),
		]);
		expect(versions[0]?.answer_ms_p50).toBeGreaterThan(1_000);
		expect(versions.reduce((sum, { turns }) => sum + turns, 0)).toBe(totals.turns);
		const { versions: ofAll } = await getCountedStatistics(t.ctx(), { group_by: 'version' });
		expect(ofAll.filter((row) => row.site === site)).toEqual(versions);
		expect((await getCountedStatistics(t.ctx(), { site })).versions).toEqual([]);
	});

	it('show the day on which the version changed', async () => {
		const { key: site } = await createSite(t.app);
		for (const [days, version] of [
			[3, 'v1'],
			[2, 'v1'],
			[1, 'v2'],
			[0, 'v2'],
		] as const) {
			await createChatWithTurns(site, days, [[version]]);
		}
		const { version_changes: changes, daily } = await getByVersion(site);
		expect(changes).toEqual([
			{
				date: daily.at(-2)?.date,
				at: expect.any(String) as unknown,
				version: 'v2',
				previous: ['v1'],
			},
		]);
	});

	it('keep the counts of an erased chat', async () => {
		const { key: site } = await createSite(t.app);
		const { id } = await createChatWithTurns(site, 1, [['v1']]);
		await inTransaction(t.ctx(), async (tx) => {
			await freezeContributions(tx, [id], { isOneVisitor: true });
			await tx.db.execute(sql`delete from chat_sessions where id = ${id}`);
		});
		expect((await getByVersion(site)).versions).toEqual([
			expect.objectContaining({ version: 'v1', sessions: 1, turns: 1 }),
		]);
		expect((await rebuildStatistics(t.ctx())).differences).toEqual([]);
	});
});

describe('outcomes', () => {
	const daysAgo = (days: number) =>
		new Date(t.app.clock().getTime() - days * 86_400_000).toISOString();

	/** Imports a chat that started days ago, with the values of its lead. */
	async function importChat(site: string, days: number, lead = {}) {
		const id = `session_${randomUUID().replaceAll('-', '')}`;
		await ingestMessages(t.ctx(), id, {
			sender: 'visitor',
			message: 'A new roof?',
			timestamp: daysAgo(days),
		});
		await t.app.db
			.execute(sql`update chat_sessions set site_id = (select id from sites where key = ${site}),
			context = '{"utm_source":"ads","utm_campaign":"spring"}' where public_id = ${id}`);
		if (Object.keys(lead).length > 0)
			await updateLead(t.ctx(), { session_id: id }, { fields: lead, source: 'api' });
		return id;
	}

	it('count on the day on which the chat started, however late they are, and move when they change', async () => {
		const { key: site } = await createSite(t.app);
		const id = await importChat(site, 40, { email: 'ada@example.com' });
		const day = daysAgo(40).slice(0, 10);
		const set = (outcome: OutcomeInput) => setOutcome(t.ctx(), id, outcome);
		const read = async () =>
			(await getCountedStatistics(t.ctx(), { site, from: day, to: daysAgo(0).slice(0, 10) })).daily;
		await set({ stage: 'qualified' });
		expect((await read())[0]).toMatchObject({ qualified: 1, won: 0, win_rate: null });
		await set({ stage: 'won', value: 5, currency: 'EUR' });
		const daily = await read();
		expect(daily[0]).toMatchObject({ date: day, qualified: 1, won: 1, win_rate: 1 });
		expect(daily.slice(1).every(({ qualified, won }) => qualified + won === 0)).toBe(true);
		await set({ stage: 'lost' });
		expect((await read())[0]).toMatchObject({ qualified: 1, won: 0, lost: 1, win_rate: 0 });
		await set({ stage: 'disqualified' });
		expect((await read())[0]).toMatchObject({ qualified: 0, lost: 0, disqualified: 1 });
		const { totals: after } = await getCountedStatistics(t.ctx(), { site, from: day });
		expect(after.won_values).toEqual([]);
	});

	it('are compared by source, greeting, captured field, score and site, with exact amounts by currency', async () => {
		const greetings = [
			{ key: 'a', text: 'Hi' },
			{ key: 'b', text: 'Hello' },
		];
		const { key: site } = await createSite(t.app, { greetings });
		const contact = { email: 'ada@example.com', phone: '+442079460000', name: 'Ada' };
		const chats = await Promise.all([
			importChat(site, 1, contact),
			importChat(site, 1, contact),
			importChat(site, 1, { name: 'Eve' }),
		]);
		await t.app.db.execute(sql`update chat_sessions set greeting_variant = 'a'
			where public_id = any(${sql.param(chats)}::text[])`);
		const [first = '', second = '', third = ''] = chats;
		await setOutcome(t.ctx(), first, { stage: 'won', value: 0.1, currency: 'EUR' });
		await setOutcome(t.ctx(), second, { stage: 'won', value: 0.2, currency: 'EUR' });
		await setOutcome(t.ctx(), third, { stage: 'won', value: 7, currency: 'JPY' });
		const won_values = [
			{ currency: 'JPY', value: 7 },
			{ currency: 'EUR', value: 0.3 },
		];
		const all = { qualified: 3, won: 3, win_rate: 1, won_values };
		const statistics = await getCountedStatistics(t.ctx(), { site });
		expect(statistics.totals).toMatchObject(all);
		expect(statistics.sources).toMatchObject([{ source: 'ads', campaign: 'spring', ...all }]);
		expect(statistics.greetings).toMatchObject([{ variant: 'a', ...all }]);
		expect(statistics.sites).toMatchObject([{ site, ...all }]);
		expect(statistics.fields.find(({ key }) => key === 'email')).toMatchObject({
			won: 2,
			won_values: [{ currency: 'EUR', value: 0.3 }],
		});
		expect(statistics.scores.map(({ won }) => won).reduce((sum, won) => sum + won)).toBe(3);
		expect(statistics.scores[0]).toMatchObject({ won_values: [{ currency: 'JPY', value: 7 }] });
		const everywhere = await getCountedStatistics(t.ctx(), {});
		expect(everywhere.sites.find((row) => row.site === site)).toMatchObject(all);
		expect(everywhere.greetings.find((row) => row.site === site)).toMatchObject(all);
	});

	it('still count after the visitor is erased, but not after the chat is deleted', async () => {
		const { key: site } = await createSite(t.app);
		const [erased, deleted] = [await importChat(site, 3), await importChat(site, 3)];
		for (const id of [erased, deleted])
			await setOutcome(t.ctx(), id, { stage: 'won', value: 2.5, currency: 'EUR' });
		await eraseVisitor(t.ctx(admin), {
			session_id: erased,
			only_this_chat: true,
			confirm: 'erase',
		});
		await deleteSession(t.ctx(admin), deleted);
		expect(await getTotals(site)).toMatchObject({
			won: 1,
			won_values: [{ currency: 'EUR', value: 2.5 }],
		});
		expect((await rebuildStatistics(t.ctx())).differences).toEqual([]);
	});
});

describe('the counters', () => {
	it('have a limited number of sources, but count every event', async () => {
		const { id, key: site } = await createSite(t.app);
		for (let batch = 0; batch < 20; batch += 1) {
			const events = Array.from({ length: 20 }, (_, n) => ({
				site,
				event: 'shown' as const,
				context: { utm_source: 'ads', utm_campaign: `${batch}.${n}` },
			}));
			await countWidgetEvents(t.ctx(), events);
			if (batch % 7 === 0) await foldStatistics(t.ctx());
		}
		const { funnel } = await getCountedStatistics(t.ctx(), { site });
		expect(funnel[0]?.count).toBe(400);
		const { rows } = await t.app.db.execute(
			sql`select count(*)::int as names from widget_counts where site_id = ${id} group by bucket_at`,
		);
		const names = rows.map((row) => Number(row['names']));
		expect(names.length).toBeGreaterThan(0);
		expect(Math.max(...names)).toBeLessThanOrEqual(MAX_SOURCES + 1);
	});

	it('equal a recount after random concurrent histories', async () => {
		const sites = [(await createSite(t.app)).key, (await createSite(t.app)).key];
		const seed = Number(process.env['SEED'] ?? Date.now() % 100_000);
		const random = createRandom(seed);
		const chats = Array.from({ length: 24 }, (_, n) =>
			simulateChat(sites[n % 2] ?? '', random, 8 + Math.floor(random() * 14)),
		);
		const folds = (async () => {
			for (let n = 0; n < 20; n += 1) await foldStatistics(t.ctx());
		})();
		await Promise.all([...chats, folds]);
		const { differences, recounted } = await rebuildStatistics(t.ctx());
		expect({ seed, differences, recounted }).toEqual({ seed, differences: [], recounted: 0 });
		for (const site of sites) await expectDirectCount(site);
	});

	it('are corrected by a rebuild, which reports the differences', async () => {
		const { key: site, id } = await createSite(t.app);
		await createChat(t.ctx(), { site });
		await foldStatistics(t.ctx());
		await t.app.db.execute(
			sql`update statistics_times set sessions = sessions + 7 where site_id = ${id} and grain = 60`,
		);
		const { differences } = await rebuildStatistics(t.ctx());
		expect(differences).toEqual([
			expect.objectContaining({ counter: 'sessions', stored: 8, counted: 1 }),
		]);
		expect(await getTotals(site)).toMatchObject({ sessions: 1 });
		expect((await rebuildStatistics(t.ctx())).differences).toEqual([]);
	});
});

/** Runs random actions on one chat through the real verbs, ignoring those that its state doesn't allow. */
async function simulateChat(site: string, random: () => number, actions: number): Promise<void> {
	const channel = random() < 0.15 ? 'test' : 'web';
	const context = { utm_source: `source ${Math.floor(random() * 3)}` };
	const { session } = await startSession(t.ctx(), { site, context }, { channel });
	const { id: chat_session_id, session_id } = session;
	const ctx = t.ctx(admin);
	const choices: (() => Promise<unknown>)[] = [
		() => sendVisitorMessage(t.ctx(), { chat_session_id, session_id, message: 'And then?' }),
		() => sendVisitorMessage(t.ctx(), { chat_session_id, session_id, message: 'me@example.com' }),
		() => ingestMessages(t.ctx(), session_id, { sender: 'ai', message: 'We see.' }),
		() => ingestMessages(t.ctx(), session_id, { sender: 'visitor', message: '+49 30 123456' }),
		() => updateLead(ctx, { session_id }, { fields: { name: randomUUID() }, source: 'agent' }),
		() => takeOver(ctx, session_id),
		() => handBack(ctx, session_id),
		() => completeSession(t.ctx(), { chat_session_id, source: 'api' }),
		() => updateSession(ctx, session_id, { completion_status: 'abandoned' }),
		() => updateSession(ctx, session_id, { archive_status: 'archived' }),
		() => updateSession(ctx, session_id, { archive_status: 'active' }),
		() => submitReview(ctx, session_id, { qa_status: 'passed' }),
		() => submitReview(ctx, session_id, { qa_status: 'issue', notes: 'asked twice' }),
		() => submitReview(ctx, session_id, { qa_status: 'fixed', developer_feedback: 'done' }),
		() => setOutcome(ctx, session_id, { stage: 'qualified' }),
		() =>
			setOutcome(ctx, session_id, {
				stage: 'won',
				value: Math.floor(random() * 9e9) / 100,
				currency: 'EUR',
			}),
		() => setOutcome(ctx, session_id, { stage: 'won', value: 3, currency: 'JPY' }),
		() => setOutcome(ctx, session_id, { stage: 'lost' }),
		() => sweepSessions(t.ctx()),
		() => foldStatistics(t.ctx()),
	];
	if (random() < 0.2) choices.push(() => deleteSession(ctx, session_id));
	for (let n = 0; n < actions; n += 1) {
		const action = choices[Math.floor(random() * choices.length)];
		await action?.().catch((error: unknown) => {
			if (!(error instanceof Error) || error.name !== 'AppError') throw error;
		});
	}
}

/** Expects the totals to equal a direct count of the chat sessions. */
async function expectDirectCount(site: string): Promise<void> {
	const { rows } = await t.app.db.execute(sql`
		select count(*)::int as sessions, (count(*) filter (where completion_status = 'complete'))::int as complete,
			(count(*) filter (where completion_status = 'abandoned'))::int as abandoned,
			(count(*) filter (where archive_status = 'archived'))::int as archived,
			(count(*) filter (where exists (select from leads where chat_session_id = s.id)))::int as leads,
			(select count(*)::int from lead_outcomes o join chat_sessions c on c.id = o.chat_session_id and c.channel <> 'test'
				where o.is_current and o.stage = 'won' and c.site_id = (select id from sites where key = ${site})) as won
		from chat_sessions s where channel <> 'test' and site_id = (select id from sites where key = ${site})`);
	expect(await getTotals(site)).toMatchObject(rows[0] ?? {});
}
