import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { expectNothingLost, transcriptOf } from '../support/history.ts';
import { startPostgres } from '../support/postgres.ts';
import { startServer } from '../support/process.ts';
import { startSilentProxy, type SilentProxy } from '../support/silent-proxy.ts';
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

const FAULTS: [
	string,
	(proxy: SilentProxy, ready: (status: number) => Promise<void>) => unknown,
][] = [
	// As when its machine loses power and another one takes over the address.
	['and another takes its place', (proxy) => proxy.vanish({ isBack: true })],
	[
		'and stays away for a while',
		async (proxy, ready) => {
			proxy.vanish({ isBack: false });
			await ready(503);
			proxy.comeBack();
		},
	],
];

describe.each(FAULTS)('Postgres vanishes without a goodbye %s', (_, happen) => {
	it('messages are stored again, every chat is answered, and nothing acknowledged is lost', async () => {
		const postgres = await startPostgres();
		const direct = new URL(postgres.url);
		const socketDir = direct.searchParams.get('host') ?? decodeURIComponent(direct.hostname);
		const proxy = await startSilentProxy(`${socketDir}/.s.PGSQL.5432`);
		const { username, password, pathname } = direct;
		const server = await startServer({
			DATABASE_URL: `postgres://${username}:${password}@127.0.0.1:${proxy.port}${pathname}`,
		});
		onTestFinished(() => void server.signal('SIGKILL'));
		const visitors = Array.from(
			{ length: VISITORS },
			() => new Visitor(server.url, { lines: LINES, pace: 'acknowledged', pauseMs: 50 }),
		);
		onTestFinished(() => visitors.forEach((visitor) => visitor.leave()));
		const ready = (status: number) =>
			vi.waitFor(async () => {
				expect((await fetch(`${server.url}/readyz`)).status).toBe(status);
			}, 60_000);
		await expectProgress(visitors, 5);
		await happen(proxy, ready);
		await expectProgress(visitors, 5);
		await ready(200);

		visitors.forEach((visitor) => visitor.fallSilent());
		await vi.waitFor(async () => {
			for (const visitor of visitors) {
				expect(visitor.said).toBe(visitor.journal.length);
				const { messages } = await transcriptOf(server.url, visitor);
				expect(messages.at(-1)?.sender).toBe('ai');
			}
		}, 90_000);
		await expectNothingLost(server.url, visitors);
		expect(await server.stop()).toBe(0);
	}, 300_000);
});
