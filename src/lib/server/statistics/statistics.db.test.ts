import { randomUUID } from 'node:crypto';
import { sql } from 'drizzle-orm';
import { beforeAll, describe, expect, it } from 'vitest';
import { makeChat } from '../../../../tests/factories/chat.ts';
import { makeSite } from '../../../../tests/factories/site.ts';
import { actorOf, makeUser } from '../../../../tests/factories/user.ts';
import { useTestApp } from '../../../../tests/support/app.ts';
import type { Actor } from '../core/context.ts';
import { updateLead } from '../leads/index.ts';
import { ingestMessages, sendVisitorMessage } from '../conversations/messages/index.ts';
import { submitReview } from '../quality/reviews/index.ts';
import {
	completeSession,
	deleteSession,
	getSession,
	handBack,
	startSession,
	sweepSessions,
	takeOver,
	updateSession,
} from '../conversations/sessions/index.ts';
import { countWidgetEvents, foldStatistics, getStatistics } from './index.ts';
import { rebuildStatistics } from './rebuild.ts';
import { MOST_SOURCES } from './take-widget-events.ts';

const t = useTestApp();
let admin: Actor;

beforeAll(async () => {
	admin = actorOf(await makeUser(t.app, { role: 'admin', name: 'Grace' }));
});

const totals = async (site: string) => (await getStatistics(t.ctx(), { site })).totals;

describe('statistics', () => {
	it('count what has just happened, and never a test chat', async () => {
		const { key: site } = await makeSite(t.app);
		const { id } = await makeChat(t.ctx(), { site, lead: { email: 'ada@example.com' } });
		await makeChat(t.ctx(), { site, channel: 'test', lead: { email: 'ada@example.com' } });
		expect(await totals(site)).toMatchObject({
			sessions: 1,
			in_progress: 1,
			leads: 1,
			completion_rate: 0,
			qa: { unchecked: 1 },
		});
		await completeSession(t.ctx(), { chat_session_id: id, source: 'live' });
		expect(await totals(site)).toMatchObject({
			complete: 1,
			in_progress: 0,
			completion_rate: 1,
			messages_per_chat: 1,
		});
	});

	it('count a message that comes after the end, and one that opens a chat again', async () => {
		const { key: site } = await makeSite(t.app);
		const { id, session_id } = await makeChat(t.ctx(), { site });
		const write = (message: string) =>
			sendVisitorMessage(t.ctx(), { chat_session_id: id, session_id, message });
		await updateSession(t.ctx(), session_id, { completion_status: 'abandoned' });
		expect(await totals(site)).toMatchObject({ abandoned: 1, messages_per_chat: 1 });
		await write('I am back');
		expect(await totals(site)).toMatchObject({ abandoned: 0, in_progress: 1 });
		await completeSession(t.ctx(), { chat_session_id: id, source: 'live' });
		await write('Thanks');
		expect(await totals(site)).toMatchObject({ complete: 1, messages_per_chat: 3 });
	});

	it('count an imported conversation and its end on the days when they were, in any order', async () => {
		const id = `session_${randomUUID().replaceAll('-', '')}`;
		const dayAgo = (days: number) =>
			new Date(t.app.clock().getTime() - days * 86_400_000).toISOString().slice(0, 10);
		const [first, second] = [dayAgo(21), dayAgo(20)];
		const on = async (day: string) => {
			const period = { from: day, to: day, site: 'default' };
			const { sessions, complete } = (await getStatistics(t.ctx(), period)).totals;
			return [sessions, complete];
		};
		const ingest = (sender: 'visitor' | 'ai', message: string, timestamp: string) =>
			ingestMessages(t.ctx(), id, { sender, message, timestamp });
		await ingest('visitor', 'Thanks', `${second}T09:00:00Z`);
		await foldStatistics(t.ctx());
		expect(await on(second)).toEqual([1, 0]);
		await ingest('visitor', 'A new roof?', `${first}T09:00:00Z`);
		await completeSession(t.ctx(), {
			chat_session_id: (await getSession(t.ctx(), id)).id,
			source: 'ingest',
			at: new Date(`${second}T09:00:00Z`),
		});
		await foldStatistics(t.ctx());
		expect(await on(second)).toEqual([0, 0]);
		expect(await on(first)).toEqual([1, 1]);
		const { totals: both } = await getStatistics(t.ctx(), { from: first, to: second });
		expect(both).toMatchObject({ sessions: 1, complete: 1 });
		// A day, as near as the bins are.
		expect((both.time_to_complete_s ?? 0) / 86_400).toBeCloseTo(1, 0);
	});

	it('take out what was deleted, by whatever way', async () => {
		const { key: site } = await makeSite(t.app);
		const [first, second] = [await makeChat(t.ctx(), { site }), await makeChat(t.ctx(), { site })];
		expect(await totals(site)).toMatchObject({ sessions: 2 });
		await deleteSession(t.ctx(admin), first.session_id);
		expect(await totals(site)).toMatchObject({ sessions: 1 });
		await t.app.db.execute(sql`delete from chat_sessions where id = ${second.id}`);
		expect(await totals(site)).toMatchObject({ sessions: 0 });
	});

	it('tell where visitors fell silent, and judge greetings', async () => {
		const greetings = [
			{ key: 'a', text: 'Hi' },
			{ key: 'b', text: 'Hello' },
		];
		const { key: site } = await makeSite(t.app, { greetings });
		for (let n = 0; n < 4; n += 1) {
			const { session } = await startSession(t.ctx(), { site });
			const { session_id } = session;
			await updateLead(t.ctx(), { session_id }, { fields: { name: 'Ada' }, source: 'ai' });
			await updateSession(t.ctx(), session_id, { completion_status: 'abandoned' });
		}
		const { questions, fields, greetings: judged } = await getStatistics(t.ctx(), { site });
		expect(questions).toEqual([expect.objectContaining({ abandoned: 4, share: 1 })]);
		expect(questions[0]?.key).not.toBe('name');
		expect(fields).toEqual([
			expect.objectContaining({ key: 'name', captured: 4, abandoned_after: 4, abandoned_share: 1 }),
		]);
		expect(judged.reduce((sum, { opened }) => sum + opened, 0)).toBe(4);
		expect(judged.every(({ verdict }) => verdict === 'too_early')).toBe(true);
	});

	it('have no step of the funnel above the one before', async () => {
		const { key: site } = await makeSite(t.app);
		const context = { utm_source: 'Google', utm_campaign: 'Spring' };
		await countWidgetEvents(t.ctx(), [
			{ site, event: 'shown', context },
			{ site, event: 'shown', context },
			{ site, event: 'shown' },
			{ site, event: 'opened', context },
		]);
		await startSession(t.ctx(), { site, context });
		const { funnel, sources } = await getStatistics(t.ctx(), { site });
		expect(funnel.map(({ count }) => count)).toEqual([3, 1, 0, 0, 0, 0]);
		expect(sources).toEqual([
			expect.objectContaining({ source: 'google', campaign: 'spring', shown: 2, sessions: 1 }),
			expect.objectContaining({ source: 'direct', campaign: '', shown: 1, sessions: 0 }),
		]);
	});
});

describe('what is kept', () => {
	it('has no more names of sources than it may, whatever anybody makes up, and counts every one', async () => {
		const { id, key: site } = await makeSite(t.app);
		for (let batch = 0; batch < 20; batch += 1) {
			const events = Array.from({ length: 20 }, (_, n) => ({
				site,
				event: 'shown' as const,
				context: { utm_source: 'ads', utm_campaign: `${batch}.${n}` },
			}));
			await countWidgetEvents(t.ctx(), events);
			if (batch % 7 === 0) await foldStatistics(t.ctx());
		}
		const { funnel } = await getStatistics(t.ctx(), { site });
		expect(funnel[0]?.count).toBe(400);
		const { rows } = await t.app.db.execute(
			sql`select count(*)::int as names from widget_counts where site_id = ${id} group by bucket_at`,
		);
		const names = rows.map((row) => Number(row['names']));
		expect(names.length).toBeGreaterThan(0);
		expect(Math.max(...names)).toBeLessThanOrEqual(MOST_SOURCES + 1);
	});

	it('equals a recount after any history, many of them at once', async () => {
		const sites = [(await makeSite(t.app)).key, (await makeSite(t.app)).key];
		const seed = Number(process.env['SEED'] ?? Date.now() % 100_000);
		const random = generator(seed);
		const lives = Array.from({ length: 24 }, (_, n) =>
			live(sites[n % 2] ?? '', random, 8 + Math.floor(random() * 14)),
		);
		const folds = (async () => {
			for (let n = 0; n < 20; n += 1) await foldStatistics(t.ctx());
		})();
		await Promise.all([...lives, folds]);
		const { differences, recounted } = await rebuildStatistics(t.ctx());
		expect({ seed, differences, recounted }).toEqual({ seed, differences: [], recounted: 0 });
		for (const site of sites) await expectCounted(site);
	}, 120_000);

	it('is corrected, and told, where it was wrong', async () => {
		const { key: site, id } = await makeSite(t.app);
		await makeChat(t.ctx(), { site });
		await foldStatistics(t.ctx());
		await t.app.db.execute(
			sql`update statistics_times set sessions = sessions + 7 where site_id = ${id} and grain = 60`,
		);
		const { differences } = await rebuildStatistics(t.ctx());
		expect(differences).toEqual([
			expect.objectContaining({ counter: 'sessions', kept: 8, counted: 1 }),
		]);
		expect(await totals(site)).toMatchObject({ sessions: 1 });
		expect((await rebuildStatistics(t.ctx())).differences).toEqual([]);
	});
});

/** The life of one chat: random deeds through the real verbs; what the workflow refuses is no matter here. */
async function live(site: string, random: () => number, deeds: number): Promise<void> {
	const channel = random() < 0.15 ? 'test' : 'web';
	const context = { utm_source: `source ${Math.floor(random() * 3)}` };
	const { session } = await startSession(t.ctx(), { site, context }, { channel });
	const { id: chat_session_id, session_id } = session;
	const ctx = t.ctx(admin);
	const possible: (() => Promise<unknown>)[] = [
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
		() => sweepSessions(t.ctx()),
		() => foldStatistics(t.ctx()),
	];
	if (random() < 0.2) possible.push(() => deleteSession(ctx, session_id));
	for (let n = 0; n < deeds; n += 1) {
		const deed = possible[Math.floor(random() * possible.length)];
		await deed?.().catch((error: unknown) => {
			if (!(error instanceof Error) || error.name !== 'AppError') throw error;
		});
	}
}

/** What a plain count of the chat sessions gives. */
async function expectCounted(site: string): Promise<void> {
	const { rows } = await t.app.db.execute(sql`
		select count(*)::int as sessions, (count(*) filter (where completion_status = 'complete'))::int as complete,
			(count(*) filter (where completion_status = 'abandoned'))::int as abandoned,
			(count(*) filter (where archive_status = 'archived'))::int as archived,
			(count(*) filter (where exists (select from leads where chat_session_id = s.id)))::int as leads
		from chat_sessions s where channel <> 'test' and site_id = (select id from sites where key = ${site})`);
	expect(await totals(site)).toMatchObject(rows[0] ?? {});
}

/** The same numbers for the same seed. */
function generator(seed: number): () => number {
	let state = seed;
	return () => {
		state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
		return state / 2 ** 32;
	};
}
