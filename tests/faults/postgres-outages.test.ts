import { describe, expect, it, type TestContext, vi } from 'vitest';
import { problem } from '#lib/contract/problem.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';
import { startServer } from '../support/process.ts';
import { readTranscript } from '../support/server-api.ts';
import { startSilentProxy, type SilentProxy } from '../support/silent-proxy.ts';
import { expectNothingLost, Visitor } from '../support/visitor.ts';

const VISITORS = 12;
const LINES = Array.from({ length: 20_000 }, (_, n) => `line ${n}`);

/** The parts of a test that an outage affects. */
interface Setup {
	postgres: TestPostgres;
	/** Between the server and Postgres. */
	proxy: SilentProxy;
	url: string;
	visitors: Visitor[];
}

const OUTAGES: [name: string, (setup: Setup) => Promise<unknown>][] = [
	[
		'stops for a while',
		async (setup) => {
			await setup.postgres.stop();
			await waitForReadiness(setup.url, 503);
			await expectUnavailable(setup);
			await setup.postgres.start();
		},
	],
	[
		'restarts three times',
		async ({ postgres }) => {
			for (let n = 0; n < 3; n += 1) {
				await postgres.stop();
				await postgres.start();
			}
		},
	],
	['crashes', ({ postgres }) => postgres.crash()],
	[
		'loses power and is replaced at the same address',
		async ({ proxy }) => proxy.silence({ acceptsNew: true }),
	],
	[
		'is unreachable for a while',
		async ({ proxy, url }) => {
			proxy.silence({ acceptsNew: false });
			await waitForReadiness(url, 503);
			proxy.restore();
		},
	],
];

/** Waits until every visitor has had `lines` more messages acknowledged. */
async function expectProgress(visitors: Visitor[], lines: number): Promise<void> {
	const before = visitors.map(({ acknowledgedCount }) => acknowledgedCount);
	await vi.waitFor(() => {
		for (const [index, { acknowledgedCount }] of visitors.entries()) {
			expect(acknowledgedCount).toBeGreaterThanOrEqual((before[index] ?? 0) + lines);
		}
	});
}

const waitForReadiness = (url: string, status: number) =>
	vi.waitFor(async () => expect((await fetch(`${url}/readyz`)).status).toBe(status));

/** Checks that every door answers that the service is unavailable, and stays alive. */
async function expectUnavailable({ url, visitors }: Setup): Promise<void> {
	expect((await fetch(`${url}/healthz`)).status).toBe(200);
	const page = await fetch(`${url}/inbox`, { headers: { cookie: 'frontdesk_session=expired' } });
	expect([page.status, page.headers.get('retry-after')]).toEqual([503, '2']);
	const refused = await fetch(`${url}/api/embed-chat/sessions`, {
		method: 'POST',
		headers: { 'content-type': 'application/json' },
		body: JSON.stringify({ site: 'default' }),
	});
	expect(problem.parse(await refused.json())).toMatchObject({ status: 503 });
	expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
	await vi.waitFor(() => {
		for (const { refusals } of visitors) expect([...refusals]).toEqual(['unavailable']);
	});
}

/** Starts a proxy in front of an embedded Postgres. Returns the URL through the proxy. */
async function startProxy(postgres: TestPostgres, onTestFinished: TestContext['onTestFinished']) {
	const direct = new URL(postgres.url);
	const socketFolder = direct.searchParams.get('host') ?? decodeURIComponent(direct.hostname);
	const proxy = await startSilentProxy(`${socketFolder}/.s.PGSQL.5432`, onTestFinished);
	const { username, password, pathname } = direct;
	return { proxy, url: `postgres://${username}:${password}@127.0.0.1:${proxy.port}${pathname}` };
}

describe.concurrent.each(OUTAGES)('when Postgres %s under load', (_, causeOutage) => {
	it('loses no acknowledged message, answers every chat, and recovers without a restart', async ({
		expect,
		onTestFinished,
	}) => {
		const postgres = await startPostgres(onTestFinished);
		const { proxy, url: DATABASE_URL } = await startProxy(postgres, onTestFinished);
		const server = await startServer({ DATABASE_URL });
		onTestFinished(() => void server.signal('SIGKILL'));
		const visitors = Array.from(
			{ length: VISITORS },
			() => new Visitor(server.url, { lines: LINES, pace: 'acknowledged', pauseMs: 50 }),
		);
		onTestFinished(() => visitors.forEach((visitor) => visitor.disconnect()));
		await expectProgress(visitors, 5);
		await causeOutage({ postgres, proxy, url: server.url, visitors });
		await waitForReadiness(server.url, 200);
		await expectProgress(visitors, 5);

		visitors.forEach((visitor) => visitor.stopSending());
		await vi.waitFor(async () => {
			for (const visitor of visitors) {
				expect(visitor.acknowledgedCount).toBe(visitor.journal.length);
				const { messages } = await readTranscript(server.url, visitor.session_id);
				expect(messages.at(-1)?.sender).toBe('ai');
				expect(messages.filter(({ is_fallback }) => is_fallback)).toEqual([]);
			}
		}, 90_000);
		await expectNothingLost(server.url, visitors);
		const codes = new Set(visitors.flatMap(({ refusals }) => [...refusals]));
		expect([...codes].filter((code) => code !== 'unavailable')).toEqual([]);
		expect(await server.stop()).toBe(0);
	});
});
