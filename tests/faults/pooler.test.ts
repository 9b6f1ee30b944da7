import { expect, it, onTestFinished, vi } from 'vitest';
import { expectNothingLost, transcriptOf } from '../support/history.ts';
import { startPgBouncer } from '../support/pgbouncer.ts';
import { startPostgres } from '../support/postgres.ts';
import { startServer } from '../support/process.ts';
import { describeWith } from '../support/tools.ts';
import { Visitor } from '../support/visitor.ts';

const LINES = Array.from({ length: 15 }, (_, n) => `line ${n}, I am person${n}@example.test`);

describeWith('pgbouncer', 'behind PgBouncer as it comes', () => {
	it.each(['session', 'transaction'])(
		'in %s mode two processes start, chat and answer, and start again',
		async (pool_mode) => {
			const postgres = await startPostgres();
			const DATABASE_URL = await startPgBouncer(postgres.url, { pool_mode });
			// At once: both want to migrate.
			const servers = await Promise.all([1, 2].map(() => startServer({ DATABASE_URL })));
			onTestFinished(() => servers.forEach((server) => server.signal('SIGKILL')));
			const visitors = servers.flatMap(({ url }) =>
				Array.from(
					{ length: 8 },
					() => new Visitor(url, { lines: LINES, pace: 'acknowledged', pauseMs: 50 }),
				),
			);
			onTestFinished(() => visitors.forEach((visitor) => visitor.leave()));
			const { url } = servers[0] ?? expect.fail('no server');
			await vi.waitFor(async () => {
				for (const visitor of visitors) {
					expect(visitor.said).toBe(LINES.length);
					const { messages } = await transcriptOf(url, visitor);
					expect(messages.at(-1)?.sender).toBe('ai');
				}
			}, 90_000);
			await expectNothingLost(url, visitors);
			expect([...new Set(visitors.flatMap(({ refusals }) => [...refusals]))]).toEqual([]);
			for (const server of servers) expect(await server.stop()).toBe(0);
			const again = await startServer({ DATABASE_URL });
			expect(await again.stop()).toBe(0);
		},
		180_000,
	);
});
