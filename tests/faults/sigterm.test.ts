import { randomUUID } from 'node:crypto';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { pageSchema } from '#lib/contract/common.ts';
import { delivery } from '#lib/contract/delivery.ts';
import { transcript } from '#lib/contract/session.ts';
import { API_KEY, readApi, readTranscript } from '../support/server-api.ts';
import { createTestDatabase } from '../support/database.ts';
import { openWidget } from '../support/live-client.ts';
import { findFreePort, startServer, type ServerProcess } from '../support/process.ts';
import { createHeldStream } from '../support/stand-in/index.ts';
import { useStandIn } from '../support/use-stand-in.ts';
import { expectNothingLost, Visitor } from '../support/visitor.ts';

const standIn = useStandIn();

/** Starts a server that can be restarted at the same address with the same data. */
async function startRestartable(environment: Record<string, string> = {}) {
	const database = await createTestDatabase();
	onTestFinished(() => database.drop());
	const fullEnvironment = {
		DATABASE_URL: database.url,
		PORT: String(await findFreePort()),
		AI_WEBHOOK_URL: standIn().ai.url('echo'),
		...environment,
	};
	let server = await startServer(fullEnvironment);
	onTestFinished(async () => void (await server.stop()));
	return {
		url: server.url,
		current: () => server,
		async start() {
			server = await startServer(fullEnvironment);
		},
	};
}

/** Waits until the server refuses new connections. */
const waitUntilDraining = ({ url }: ServerProcess) =>
	vi.waitFor(() => expect(fetch(`${url}/healthz`)).rejects.toThrow());

/** Starts a chat whose AI answer the test controls. */
async function startHeldChat(url: string) {
	const visitor = openWidget(url, { site: 'default' });
	onTestFinished(() => void visitor.socket.disconnect());
	const { session_id } = await visitor.waitForEvent('session.started');
	await visitor.waitForEvent('reply.finished');
	const stream = createHeldStream();
	standIn().ai.next(stream.answer);
	const sent = { message: 'We need a new roof', client_message_id: randomUUID() };
	await visitor.request('message:send', sent);
	await stream.called;
	return { visitor, session_id, stream };
}

/** Returns a chat's messages after the greeting. */
async function getMessages(url: string, session_id: string) {
	const { messages } = await readApi(url, `sessions/${session_id}`, transcript);
	return messages.slice(1).map(({ message, is_fallback }) => ({ message, is_fallback }));
}
const QUESTION = { message: 'We need a new roof', is_fallback: false };

// Exit code 0 means that the server shut down in time: after 9.5 s it exits with 1.
describe('SIGTERM', () => {
	it('drains under load: loses no acknowledged message, and the next process continues', async () => {
		const servers = await startRestartable();
		const lines = Array.from({ length: 20_000 }, (_, n) => `line ${n}`);
		const visitors = Array.from(
			{ length: 20 },
			() => new Visitor(servers.url, { lines, pace: 'acknowledged' }),
		);
		onTestFinished(() => visitors.forEach((visitor) => visitor.disconnect()));
		for (let restarts = 0; restarts < 3; restarts += 1) {
			const before = visitors.map(({ acknowledgedCount }) => acknowledgedCount);
			await vi.waitFor(() => {
				for (const [n, { acknowledgedCount }] of visitors.entries())
					expect(acknowledgedCount).toBeGreaterThan(before[n] ?? 0);
			});
			expect(await servers.current().stop()).toBe(0);
			await servers.start();
		}
		visitors.forEach((visitor) => visitor.stopSending());
		await vi.waitFor(async () => {
			for (const visitor of visitors) {
				expect(visitor.acknowledgedCount).toBe(visitor.journal.length);
				const { messages } = await readTranscript(servers.url, visitor.session_id);
				expect(messages.at(-1)?.sender).toBe('ai');
				expect(messages.filter(({ is_fallback }) => is_fallback)).toEqual([]);
			}
		}, 90_000);
		await expectNothingLost(servers.url, visitors);
		expect(visitors.flatMap(({ refusals }) => [...refusals])).toEqual([]);
	});

	it('lets an answer in progress finish, even if more signals follow', async () => {
		const servers = await startRestartable();
		const { visitor, session_id, stream } = await startHeldChat(servers.url);
		await stream.write('Of course.');
		const exited = servers.current().stop();
		await waitUntilDraining(servers.current());
		servers.current().signal('SIGTERM');
		servers.current().signal('SIGINT');
		await stream.write(' When?');
		await stream.end();
		await visitor.waitForEvent(
			'message.created',
			({ message }) => message.message === 'Of course. When?',
		);
		expect(await exited).toBe(0);
		await servers.start();
		expect(await getMessages(servers.url, session_id)).toEqual([
			QUESTION,
			{ message: 'Of course. When?', is_fallback: false },
		]);
	});

	it('stores the partial text of an answer that doesn’t finish in time', async () => {
		const servers = await startRestartable();
		const { visitor, session_id, stream } = await startHeldChat(servers.url);
		await stream.write('Of course.');
		await visitor.waitForEvent('reply.delta', ({ text }) => text === 'Of course.');
		expect(await servers.current().stop()).toBe(0);
		await servers.start();
		expect(await getMessages(servers.url, session_id)).toEqual([
			QUESTION,
			{ message: 'Of course.', is_fallback: false },
		]);
	});

	it('leaves an answer that has not started and a hanging delivery to the next process', async () => {
		const LEAD_WEBHOOK_URL = standIn().webhooks.url('sigterm');
		const servers = await startRestartable({ LEAD_WEBHOOK_URL });
		standIn().webhooks.next('sigterm', 'hang');
		const { session_id } = await startHeldChat(servers.url);
		await fetch(`${servers.url}/api/sessions/${session_id}`, {
			method: 'PATCH',
			headers: { 'x-api-key': API_KEY, 'content-type': 'application/json' },
			body: JSON.stringify({ completion_status: 'complete' }),
		});
		const received = standIn().webhooks.recorder('sigterm');
		await received.waitFor(1);
		expect(await servers.current().stop()).toBe(0);
		await servers.start();
		const answer = { message: 'You said: We need a new roof', is_fallback: false };
		await vi.waitFor(async () => {
			expect(await getMessages(servers.url, session_id)).toEqual([QUESTION, answer]);
		});
		const turnIds = standIn().ai.recorder.requests.flatMap((request) => {
			const { session_id: id, action, turn_id } = request.json() as Record<string, string>;
			return id === session_id && action === 'message' ? turn_id : [];
		});
		expect(turnIds).toHaveLength(2);
		expect(new Set(turnIds).size).toBe(1);
		await vi.waitFor(async () => {
			const { items } = await readApi(servers.url, 'deliveries', pageSchema(delivery));
			expect(items).toMatchObject([{ session_id, status: 'delivered' }]);
		}, 90_000);
		const ids = received.requests.map(({ headers }) => headers['webhook-id']);
		expect(new Set(ids).size).toBe(1);
	});
});
