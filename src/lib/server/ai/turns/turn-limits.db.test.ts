// @module-tag thorough
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { createSite } from '../../../../../tests/factories/site.ts';
import { createUserCtx } from '../../../../../tests/factories/user.ts';
import { useTestApp } from '../../../../../tests/support/app.ts';
import { useStandIn } from '../../../../../tests/support/use-stand-in.ts';
import { sendVisitorMessage } from '#lib/server/conversations/messages/index.ts';
import { startSession } from '#lib/server/conversations/sessions/index.ts';
import { createSystemContext, type App } from '#lib/server/core/context.ts';
import { createApp } from '#lib/server/create-app.ts';
import { getTurnLimit } from './turn-limits.ts';

const t = useTestApp({ OUTBOUND_ALLOW_PRIVATE: 'true', PORT: '4001' });
const standIn = useStandIn();
/** The calls that the AI has not answered yet, by site. */
const held = new Map<string, ((status: number) => void)[]>();
/** The highest number of concurrent calls so far, by site. */
const maxConcurrent = new Map<string, number>();
const getHeldCalls = (site: string) => held.get(site) ?? [];
/** The time on all processes' stopwatches, in ms. It barely advances unless a test adds to it. */
let now = 0;

beforeAll(async () => {
	standIn().ai.published = ({ response, options }) =>
		new Promise((resolve) => {
			const site = options.get('site') ?? '';
			const calls = getHeldCalls(site);
			held.set(site, calls);
			calls.push((status) => {
				const body = status === 200 ? { reply: 'Noted.' } : { message: 'Out of memory' };
				response.writeHead(status, { 'content-type': 'application/json' });
				response.end(JSON.stringify(body));
				resolve();
			});
			maxConcurrent.set(site, Math.max(maxConcurrent.get(site) ?? 0, calls.length));
		});
	await startTurns(t.app);
});
afterAll(async () => {
	await t.app.turns.drain(0);
});

async function startTurns(app: App): Promise<void> {
	app.turns.limits.stopwatch = () => (now += 0.001);
	app.turns.start();
	await Promise.resolve();
}

function answerAll(site: string, status = 200): void {
	for (const answer of getHeldCalls(site).splice(0)) answer(status);
}

const createLimitedSite = (max_concurrent_turns: number) => {
	const key = `site-${randomUUID().slice(0, 8)}`;
	const url = standIn().ai.url('published', { site: key });
	const connector = { type: 'n8n' as const, url, auth_header: null };
	return createSite(t.app, { key, connector, max_concurrent_turns });
};

/** Starts chats of visitors who write again whenever they get an answer. */
async function startVisitors(app: App, site: string, visitors: number): Promise<{ leave(): void }> {
	const ctx = createSystemContext(app);
	const chats = new Map<string, () => Promise<unknown>>();
	for (let number = 0; number < visitors; number += 1) {
		const { session } = await startSession(ctx, { site }, { wants_greeting: false });
		const { session_id, id: chat_session_id } = session;
		chats.set(session_id, () =>
			sendVisitorMessage(ctx, { session_id, chat_session_id, message: randomUUID() }),
		);
	}
	const leave = app.events.onPublished(({ name, payload }) => {
		if (name === 'reply.finished') void chats.get(payload.session_id)?.();
	});
	await Promise.all([...chats.values()].map((send) => send()));
	return { leave };
}

const waitForCalls = (site: string, count: number) =>
	vi.waitFor(() => expect(getHeldCalls(site).length).toBeGreaterThanOrEqual(count));

/** Answers all calls whenever `getExpectedCalls()` of them run, until `isDone`. */
async function answerUntil(
	site: string,
	isDone: () => boolean,
	{ getExpectedCalls, getDuration, status = 200 }: Answers,
): Promise<void> {
	for (;;) {
		const isReady = () => isDone() || getHeldCalls(site).length >= getExpectedCalls();
		await vi.waitFor(() => expect(isReady()).toBe(true));
		if (isDone()) return;
		now += getDuration(getHeldCalls(site).length);
		answerAll(site, status);
	}
}
interface Answers {
	getExpectedCalls: () => number;
	/** Returns the duration of the calls in ms. */
	getDuration: (running: number) => number;
	status?: number;
}

describe('a site’s limit', () => {
	it('grows while a healthy AI has visitors waiting, and shrinks while it is slow or fails', async () => {
		const site = await createLimitedSite(80);
		const admin = await createUserCtx(t, { role: 'admin' });
		const getState = () => getTurnLimit(admin, site.key);
		expect(await getState()).toMatchObject({
			limit: 16,
			share: 80,
			processes: 1,
			reason: { type: 'start' },
			changed_at: null,
		});
		const limit = () => t.app.turns.limits.getLimit(site.id, 80);
		const { leave } = await startVisitors(t.app, site.key, 40);
		onTestFinished(leave);
		const getExpectedCalls = () => Math.min(limit(), 40);
		await answerUntil(site.key, () => limit() >= 40, { getExpectedCalls, getDuration: () => 200 });
		expect(await getState()).toMatchObject({
			reason: { type: 'grown', answer_ms: 200, usual_ms: 200 },
			changed_at: expect.any(String) as unknown,
		});
		// The AI now runs one call at a time, for 50 ms each.
		const overloaded = {
			getExpectedCalls,
			getDuration: (running: number) => Math.max(200, running * 50),
		};
		await answerUntil(site.key, () => limit() <= 12, overloaded);
		expect((await getState()).reason.type).toBe('slower');
		await answerUntil(site.key, () => limit() >= 20, { getExpectedCalls, getDuration: () => 200 });
		const healthy = limit();
		await answerUntil(site.key, () => limit() < healthy, {
			getExpectedCalls,
			getDuration: () => 200,
			status: 503,
		});
		expect(await getState()).toMatchObject({ reason: { type: 'failures' } });
	});

	it('is never exceeded by several processes together, which share it evenly', async () => {
		const site = await createLimitedSite(10);
		const first = await startVisitors(t.app, site.key, 30);
		onTestFinished(first.leave);
		await waitForCalls(site.key, 10);
		const other = createApp({
			config: { ...t.app.config, port: 4002 },
			databaseUrl: t.databaseUrl,
			secretKey: 'a secret key for tests only',
		});
		await startTurns(other.app);
		await other.app.turns.limits.waitForShare();
		// Half of 30, minus the five turns that the first process runs beyond its own half of ten.
		expect(other.app.turns.limits.describe({ ...site, max_concurrent_turns: 30 })).toMatchObject({
			processes: 2,
			share: 10,
		});
		const second = await startVisitors(other.app, site.key, 30);
		const running = (app: App) => app.turns.limits.getLimit(site.id, 10);
		// The first process runs all ten, so the second one waits.
		await vi.waitFor(() => expect(running(t.app)).toBe(5));
		expect(getHeldCalls(site.key)).toHaveLength(10);
		await answerUntil(site.key, () => running(t.app) === 5 && running(other.app) === 5, {
			getExpectedCalls: () => 5,
			getDuration: () => 200,
		});
		for (let round = 0; round < 5; round += 1) {
			await waitForCalls(site.key, 10);
			answerAll(site.key);
		}
		second.leave();
		const drained = other.app.turns.drain(20_000);
		await answerUntil(site.key, () => running(t.app) === 10, {
			getExpectedCalls: () => 1,
			getDuration: () => 200,
		});
		await waitForCalls(site.key, 10);
		first.leave();
		answerAll(site.key);
		await drained;
		await other.close();
		expect(maxConcurrent.get(site.key)).toBe(10);
	});
});
