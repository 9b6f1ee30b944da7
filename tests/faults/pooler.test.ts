// @module-tag thorough
import { expect, it, onTestFinished, vi } from 'vitest';
import { readTranscript } from '../support/server-api.ts';
import { startPgBouncer } from '../support/pgbouncer.ts';
import { startPostgres } from '../support/postgres.ts';
import { startServer } from '../support/process.ts';
import { startRedis } from '../support/redis.ts';
import { describeWith } from '../support/tools.ts';
import { expectNothingLost, Visitor } from '../support/visitor.ts';

const LINES = Array.from({ length: 15 }, (_, n) => `line ${n}, I am person${n}@example.test`);

describeWith('pgbouncer', 'behind PgBouncer with its defaults', () => {
	// On a busy machine, one process may recover the other's turns, whose events reach visitors only through Redis.
	describeWith('redis-server', 'with Redis', () =>
		it.each(['session', 'transaction'])(
			'two processes start, chat and restart in %s mode',
			async (pool_mode) => {
				const postgres = await startPostgres();
				const redis = await startRedis();
				onTestFinished(() => redis.kill());
				const DATABASE_URL = await startPgBouncer(postgres.url, { pool_mode });
				// Concurrently, so that both try to migrate.
				const servers = await Promise.all(
					[1, 2].map(() => startServer({ DATABASE_URL, REDIS_URL: redis.url })),
				);
				onTestFinished(() => servers.forEach((server) => server.signal('SIGKILL')));
				const visitors = servers.flatMap(({ url }) =>
					Array.from(
						{ length: 8 },
						() => new Visitor(url, { lines: LINES, pace: 'acknowledged', pauseMs: 50 }),
					),
				);
				onTestFinished(() => visitors.forEach((visitor) => visitor.disconnect()));
				const { url } = servers[0] ?? expect.fail('no server');
				await vi.waitFor(async () => {
					for (const visitor of visitors) {
						expect(visitor.acknowledgedCount).toBe(LINES.length);
						const { messages } = await readTranscript(url, visitor.session_id);
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
		),
	);
});
