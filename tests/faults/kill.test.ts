import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { pageOf } from '../../src/lib/contract/common';
import { delivery } from '../../src/lib/contract/delivery';
import { session, transcript } from '../../src/lib/contract/session';
import { createTestDatabase } from '../support/database';
import { freePort, startServer } from '../support/process';
import { startStandIn, type StandIn } from '../support/stand-in';
import { Visitor } from '../support/visitor';

const KILLS = 20;
const VISITORS_A_KILL = 3;
const LINES = [
	'We need a new roof',
	'As soon as possible',
	'Maya Hartmann',
	'maya@hartmann.example',
	'skip',
	'Thank you',
];
const API_KEY = 'an API key for tests only';

let standIn: StandIn;
beforeAll(async () => {
	standIn = await startStandIn();
});
afterAll(() => standIn.close());

describe.each(['postgres', 'embedded'] as const)('kill -9 under load, 20 times (%s)', (kind) => {
	it('loses no acknowledged message, doubles none, and delivers every completion once', async () => {
		const webhook = `kill-${kind}`;
		const environment = {
			...(await database(kind)),
			API_KEY,
			PORT: String(await freePort()),
			LEAD_WEBHOOK_URL: standIn.webhooks.url(webhook),
		};
		const visitors: Visitor[] = [];
		onTestFinished(() => visitors.forEach((visitor) => visitor.leave()));

		let server = await startServer(environment);
		for (let kills = 0; kills < KILLS; kills += 1) {
			const before = said(visitors);
			for (let n = 0; n < VISITORS_A_KILL; n += 1) visitors.push(new Visitor(server.url, LINES));
			await vi.waitFor(() => expect(said(visitors)).toBeGreaterThan(before + (kills % 4)), 20_000);
			server.signal('SIGKILL');
			await server.exited;
			server = await startServer(environment);
		}
		await vi.waitFor(() => expect(visitors.filter(({ isComplete }) => !isComplete)).toEqual([]), {
			timeout: 60_000,
			interval: 100,
		});

		const read = (route: string) =>
			fetch(`${server.url}${route}`, { headers: { 'x-api-key': API_KEY } }).then((r) => r.json());
		for (const visitor of visitors) {
			const { messages } = transcript.parse(await read(`/api/sessions/${visitor.session_id}`));
			const own = messages.filter(({ sender }) => sender === 'visitor');
			const journal = visitor.journal.filter(({ id }) => id !== undefined);
			expect(own.slice(0, journal.length).map(({ id }) => id)).toEqual(journal.map(({ id }) => id));
			expect(own.map(({ message }) => message)).toEqual(LINES.slice(0, own.length));
			expect(new Set(own.map((message) => message.client_message_id)).size).toBe(own.length);
		}
		const complete = pageOf(session).parse(
			await read('/api/sessions?completion_status=complete&limit=200'),
		);
		expect(complete.items).toHaveLength(visitors.length);
		const deliveries = await vi.waitFor(
			async () => {
				const page = pageOf(delivery).parse(await read('/api/deliveries?limit=200'));
				expect(page.items.filter(({ status }) => status !== 'delivered')).toEqual([]);
				return page.items;
			},
			{ timeout: 90_000, interval: 250 },
		);
		expect(deliveries).toHaveLength(visitors.length);
		const received = standIn.webhooks
			.recorder(webhook)
			.requests.map((request) => request.headers['webhook-id']);
		expect(new Set(received)).toEqual(new Set(deliveries.map(({ webhook_id }) => webhook_id)));
		expect(await server.stop()).toBe(0);
	}, 300_000);
});

const said = (visitors: Visitor[]) =>
	visitors.reduce(
		(sum, { journal }) => sum + journal.filter(({ id }) => id !== undefined).length,
		0,
	);

/** A database of its own: on the run's Postgres, or embedded in a folder. */
async function database(kind: 'postgres' | 'embedded'): Promise<Record<string, string>> {
	if (kind === 'postgres') {
		const made = await createTestDatabase();
		onTestFinished(() => made.drop());
		return { DATABASE_URL: made.url };
	}
	const folder = await mkdtemp(path.join(os.tmpdir(), 'frontdesk-kill-'));
	onTestFinished(() => rm(folder, { recursive: true, force: true }));
	return { DATA_DIR: folder };
}
