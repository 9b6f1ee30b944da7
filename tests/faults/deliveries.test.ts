import { expect, it, onTestFinished, vi } from 'vitest';
import { pageSchema } from '#lib/contract/common.ts';
import { delivery } from '#lib/contract/delivery.ts';
import { readApi } from '../support/server-api.ts';
import { startPostgres } from '../support/postgres.ts';
import { startServer } from '../support/process.ts';
import { useStandIn } from '../support/use-stand-in.ts';
import { Visitor } from '../support/visitor.ts';

const LEADS = 12;
/** The number of concurrent calls that an endpoint receives. */
const CONCURRENCY = 4;
const LINES = ['A new roof', 'As soon as possible', 'Maya', 'maya@hartmann.example', 'skip'];
const standIn = useStandIn();

it('records each delivery once when its result arrives during a Postgres restart, without blocking others', async () => {
	const postgres = await startPostgres();
	const recorder = standIn().webhooks.recorder('restart');
	const answer = Promise.withResolvers<void>();
	standIn().webhooks.always('restart', async ({ response }) => {
		await answer.promise;
		response.end();
	});
	const server = await startServer({
		DATABASE_URL: postgres.url,
		LEAD_WEBHOOK_URL: standIn().webhooks.url('restart'),
	});
	const visitors = Array.from({ length: LEADS }, () => new Visitor(server.url, { lines: LINES }));
	onTestFinished(() => {
		visitors.forEach((visitor) => visitor.disconnect());
		server.signal('SIGKILL');
	});
	await vi.waitFor(() => expect(visitors.filter(({ isComplete }) => !isComplete)).toEqual([]), {
		timeout: 90_000,
		interval: 100,
	});
	await vi.waitFor(() => expect(recorder.requests).toHaveLength(CONCURRENCY));

	await postgres.stop();
	answer.resolve();
	await vi.waitFor(() => expect(server.output()).toContain('failed to store a result'));
	await postgres.start();

	// Before the leases of the first four expire.
	await vi.waitFor(
		async () => {
			const { items } = await readApi(server.url, 'deliveries?limit=200', pageSchema(delivery));
			expect(items).toHaveLength(LEADS);
			for (const item of items)
				expect(item).toMatchObject({ status: 'delivered', attempt_count: 1 });
		},
		{ interval: 250 },
	);
	expect(recorder.requests).toHaveLength(LEADS);
});
