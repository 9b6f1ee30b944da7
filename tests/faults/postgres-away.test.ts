import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { problem } from '#lib/contract/problem.ts';
import { expectNothingLost, transcriptOf } from '../support/history.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';
import { startServer, type ServerProcess } from '../support/process.ts';
import { Visitor } from '../support/visitor.ts';

const VISITORS = 12;
const LINES = Array.from({ length: 20_000 }, (_, n) => `line ${n}`);

/** Everybody has said so much more, each. */
async function expectProgress(visitors: Visitor[], lines: number): Promise<void> {
	const before = visitors.map(({ said }) => said);
	await vi.waitFor(() => {
		for (const [index, { said }] of visitors.entries()) {
			expect(said).toBeGreaterThanOrEqual((before[index] ?? 0) + lines);
		}
	}, 60_000);
}

const readyz = async ({ url }: ServerProcess) => (await fetch(`${url}/readyz`)).status;
const isReady = (server: ServerProcess, status: number) =>
	vi.waitFor(async () => expect(await readyz(server)).toBe(status), 60_000);

const FAULTS: [string, (postgres: TestPostgres, away: () => Promise<void>) => Promise<void>][] = [
	[
		'stopped for a while',
		async (postgres, away) => {
			await postgres.stop();
			await away();
			await postgres.start();
		},
	],
	[
		'restarted three times',
		async (postgres) => {
			for (let n = 0; n < 3; n += 1) {
				await postgres.stop();
				await postgres.start();
			}
		},
	],
	['crashed', (postgres) => postgres.crash()],
];

describe.each(FAULTS)('Postgres %s under load', (_, happen) => {
	it('loses nothing that was acknowledged, and all goes on without a restart', async () => {
		const postgres = await startPostgres();
		const server = await startServer({ DATABASE_URL: postgres.url });
		onTestFinished(() => void server.signal('SIGKILL'));
		const visitors = Array.from(
			{ length: VISITORS },
			() => new Visitor(server.url, { lines: LINES, pace: 'acknowledged', pauseMs: 50 }),
		);
		onTestFinished(() => visitors.forEach((visitor) => visitor.leave()));
		await expectProgress(visitors, 5);

		await happen(postgres, async () => {
			await isReady(server, 503);
			expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
			const page = await fetch(`${server.url}/inbox`, {
				headers: { cookie: 'frontdesk_session=of-somebody-who-was-signed-in-before' },
			});
			expect([page.status, page.headers.get('retry-after')]).toEqual([503, '2']);
			const refused = await fetch(`${server.url}/api/embed-chat/sessions`, {
				method: 'POST',
				headers: { 'content-type': 'application/json' },
				body: JSON.stringify({ site: 'default' }),
			});
			expect(problem.parse(await refused.json())).toMatchObject({ status: 503 });
			expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
			await vi.waitFor(() => {
				for (const { refusals } of visitors) expect([...refusals]).toEqual(['unavailable']);
			}, 60_000);
		});
		await isReady(server, 200);
		await expectProgress(visitors, 5);

		visitors.forEach((visitor) => visitor.fallSilent());
		await vi.waitFor(async () => {
			for (const visitor of visitors) {
				expect(visitor.said).toBe(visitor.journal.length);
				const { messages } = await transcriptOf(server.url, visitor);
				expect(messages.at(-1)?.sender).toBe('ai');
				expect(messages.filter(({ is_fallback }) => is_fallback)).toEqual([]);
			}
		}, 90_000);
		await expectNothingLost(server.url, visitors);
		const codes = new Set(visitors.flatMap(({ refusals }) => [...refusals]));
		expect([...codes].filter((code) => code !== 'unavailable')).toEqual([]);
		expect(await server.stop()).toBe(0);
	}, 300_000);
});
