import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { pageSchema } from '#lib/contract/common.ts';
import { delivery } from '#lib/contract/delivery.ts';
import { session } from '#lib/contract/session.ts';
import { createTestDatabase } from '../support/database.ts';
import { readApi, readTranscript } from '../support/server-api.ts';
import { findFreePort, startServer } from '../support/process.ts';
import { useStandIn } from '../support/use-stand-in.ts';
import { expectNothingLost, Visitor } from '../support/visitor.ts';

const VISITORS_PER_KILL = 5;
const LINES = [
	'We need a new roof',
	'As soon as possible',
	'Maya Hartmann',
	'maya@hartmann.example',
	'skip',
	'Thank you',
];
const standIn = useStandIn();

// The run's own Postgres is an embedded one, so each kind runs in its own project.
const KINDS = process.env['DATABASE_URL'] ? (['postgres'] as const) : (['embedded'] as const);

describe.each<'postgres' | 'embedded'>(KINDS)('kill -9 under load, repeatedly (%s)', (kind) => {
	async function expectNothingLostOrDoubled(killCount: number): Promise<void> {
		const webhook = `kill-${kind}-${killCount}`;
		const environment = {
			...(await createDatabase(kind)),
			PORT: String(await findFreePort()),
			LEAD_WEBHOOK_URL: standIn().webhooks.url(webhook),
		};
		const visitors: Visitor[] = [];
		const countAcknowledged = () =>
			visitors.reduce((sum, visitor) => sum + visitor.acknowledgedCount, 0);

		let server = await startServer(environment);
		onTestFinished(async () => {
			visitors.forEach((visitor) => visitor.disconnect());
			await server.stop();
		});
		for (let kills = 0; kills < killCount; kills += 1) {
			const before = countAcknowledged();
			for (let n = 0; n < VISITORS_PER_KILL; n += 1) {
				visitors.push(new Visitor(server.url, { lines: LINES }));
			}
			await vi.waitFor(() => expect(countAcknowledged()).toBeGreaterThan(before + (kills % 8)));
			server.signal('SIGKILL');
			await server.exited;
			server = await startServer(environment);
		}
		await vi.waitFor(() => expect(visitors.filter(({ isComplete }) => !isComplete)).toEqual([]), {
			timeout: 120_000,
			interval: 100,
		});

		await expectNothingLost(server.url, visitors);
		for (const visitor of visitors) {
			const { messages } = await readTranscript(server.url, visitor.session_id);
			const alternating = messages.map((_, index) => (index % 2 ? 'visitor' : 'ai'));
			expect(messages.map(({ sender }) => sender)).toEqual(alternating);
		}
		const complete = 'sessions?completion_status=complete&limit=200';
		const { items } = await readApi(server.url, complete, pageSchema(session));
		expect(items).toHaveLength(visitors.length);
		const deliveries = await vi.waitFor(
			async () => {
				const page = await readApi(server.url, 'deliveries?limit=200', pageSchema(delivery));
				expect(page.items.filter(({ status }) => status !== 'delivered')).toEqual([]);
				return page.items;
			},
			{ timeout: 90_000, interval: 250 },
		);
		expect(new Set(deliveries.map(({ session_id }) => session_id))).toEqual(
			new Set(visitors.map(({ session_id }) => session_id)),
		);
		expect(deliveries).toHaveLength(visitors.length);
		const received = standIn()
			.webhooks.recorder(webhook)
			.requests.map((request) => request.headers['webhook-id']);
		expect(new Set(received)).toEqual(new Set(deliveries.map(({ webhook_id }) => webhook_id)));
		expect(await server.stop()).toBe(0);
	}
	const NAME =
		'stores every acknowledged message once and delivers every completed lead exactly once';
	it(`${NAME} after 4 kills`, () => expectNothingLostOrDoubled(4));
	it(`${NAME} after 20 kills`, { tags: 'thorough' }, () => expectNothingLostOrDoubled(20));
});

/** Creates a database on the run's Postgres, or embedded in a temporary folder. */
async function createDatabase(kind: 'postgres' | 'embedded'): Promise<Record<string, string>> {
	if (kind === 'postgres') {
		const database = await createTestDatabase();
		onTestFinished(() => database.drop());
		return { DATABASE_URL: database.url };
	}
	const folder = await mkdtemp(path.join(os.tmpdir(), 'frontdesk-kill-'));
	onTestFinished(() => rm(folder, { recursive: true, force: true }));
	return { DATA_DIR: folder };
}
