import { randomUUID } from 'node:crypto';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { pageOf } from '#lib/contract/common.ts';
import { delivery } from '#lib/contract/delivery.ts';
import { transcript } from '#lib/contract/session.ts';
import { API_KEY } from '../support/api-key.ts';
import { createTestDatabase } from '../support/database.ts';
import { expectNothingLost, read, transcriptOf } from '../support/history.ts';
import { connectWidget } from '../support/live-client.ts';
import { freePort, startServer, type ServerProcess } from '../support/process.ts';
import { heldStream } from '../support/stand-in/index.ts';
import { useStandIn } from '../support/use-stand-in.ts';
import { Visitor } from '../support/visitor.ts';

const standIn = useStandIn();

/** A server that can be stopped and started again at the same address, on the same data. */
async function startAgainAndAgain(environment: Record<string, string> = {}) {
	const database = await createTestDatabase();
	onTestFinished(() => database.drop());
	const whole = {
		DATABASE_URL: database.url,
		PORT: String(await freePort()),
		AI_WEBHOOK_URL: standIn().ai.url('echo'),
		...environment,
	};
	let server = await startServer(whole);
	onTestFinished(async () => void (await server.stop()));
	return {
		url: server.url,
		current: () => server,
		async start() {
			server = await startServer(whole);
		},
	};
}

/** Takes no new connections any more. */
const isDraining = ({ url }: ServerProcess) =>
	vi.waitFor(() => expect(fetch(`${url}/healthz`)).rejects.toThrow(), 20_000);

/** A chat in which the AI has been asked and its answer is in the test's hands. */
async function chatInMidAnswer(url: string) {
	const visitor = connectWidget(url, { site: 'default' });
	onTestFinished(() => void visitor.socket.disconnect());
	const { session_id } = await visitor.event('session.started');
	await visitor.event('reply.finished');
	const stream = heldStream();
	standIn().ai.next(stream.answer);
	const say = { message: 'We need a new roof', client_message_id: randomUUID() };
	await visitor.ask('message:send', say);
	await stream.asked;
	return { visitor, session_id, stream };
}

/** What was said in a chat, without the greeting. */
async function saidIn(url: string, session_id: string) {
	const { messages } = await read(url, `/api/sessions/${session_id}`, transcript);
	return messages.slice(1).map(({ message, is_fallback }) => ({ message, is_fallback }));
}
const QUESTION = { message: 'We need a new roof', is_fallback: false };

// Exit code 0 says that it was in time: the server itself gives up after 9.5 s, with 1.
describe('SIGTERM', () => {
	it('under load drains cleanly: nothing acknowledged is lost, and the next start goes on', async () => {
		const servers = await startAgainAndAgain();
		const lines = Array.from({ length: 20_000 }, (_, n) => `line ${n}`);
		const visitors = Array.from(
			{ length: 20 },
			() => new Visitor(servers.url, { lines, pace: 'acknowledged' }),
		);
		onTestFinished(() => visitors.forEach((visitor) => visitor.leave()));
		for (let restarts = 0; restarts < 3; restarts += 1) {
			const before = visitors.map(({ said }) => said);
			await vi.waitFor(() => {
				for (const [n, { said }] of visitors.entries())
					expect(said).toBeGreaterThan(before[n] ?? 0);
			}, 60_000);
			expect(await servers.current().stop()).toBe(0);
			await servers.start();
		}
		visitors.forEach((visitor) => visitor.fallSilent());
		await vi.waitFor(async () => {
			for (const visitor of visitors) {
				expect(visitor.said).toBe(visitor.journal.length);
				const { messages } = await transcriptOf(servers.url, visitor);
				expect(messages.at(-1)?.sender).toBe('ai');
				expect(messages.filter(({ is_fallback }) => is_fallback)).toEqual([]);
			}
		}, 90_000);
		await expectNothingLost(servers.url, visitors);
		expect(visitors.flatMap(({ refusals }) => [...refusals])).toEqual([]);
	}, 300_000);

	it('lets an answer that is being written finish', async () => {
		const servers = await startAgainAndAgain();
		const { visitor, session_id, stream } = await chatInMidAnswer(servers.url);
		await stream.write('Of course.');
		const exited = servers.current().stop();
		await isDraining(servers.current());
		await stream.write(' When?');
		await stream.end();
		await visitor.event('message.created', ({ message }) => message.message === 'Of course. When?');
		expect(await exited).toBe(0);
		await servers.start();
		expect(await saidIn(servers.url, session_id)).toEqual([
			QUESTION,
			{ message: 'Of course. When?', is_fallback: false },
		]);
	});

	it('stores an answer that does not end as far as it came', async () => {
		const servers = await startAgainAndAgain();
		const { visitor, session_id, stream } = await chatInMidAnswer(servers.url);
		await stream.write('Of course.');
		await visitor.event('reply.delta', ({ text }) => text === 'Of course.');
		expect(await servers.current().stop()).toBe(0);
		await servers.start();
		expect(await saidIn(servers.url, session_id)).toEqual([
			QUESTION,
			{ message: 'Of course.', is_fallback: false },
		]);
	});

	it('leaves an answer that has not begun, and a delivery that hangs, to the next start', async () => {
		const LEAD_WEBHOOK_URL = standIn().webhooks.url('sigterm');
		const servers = await startAgainAndAgain({ LEAD_WEBHOOK_URL });
		standIn().webhooks.next('sigterm', 'hang');
		const { session_id } = await chatInMidAnswer(servers.url);
		await fetch(`${servers.url}/api/sessions/${session_id}`, {
			method: 'PATCH',
			headers: { 'x-api-key': API_KEY, 'content-type': 'application/json' },
			body: JSON.stringify({ completion_status: 'complete' }),
		});
		const received = standIn().webhooks.recorder('sigterm');
		await received.waitFor(1, 20_000);
		expect(await servers.current().stop()).toBe(0);
		await servers.start();
		const answer = { message: 'You said: We need a new roof', is_fallback: false };
		await vi.waitFor(async () => {
			expect(await saidIn(servers.url, session_id)).toEqual([QUESTION, answer]);
		}, 60_000);
		const turnIds = standIn().ai.recorder.requests.flatMap((request) => {
			const { session_id: id, action, turn_id } = request.json() as Record<string, string>;
			return id === session_id && action === 'message' ? turn_id : [];
		});
		expect(turnIds).toHaveLength(2);
		expect(new Set(turnIds).size).toBe(1);
		await vi.waitFor(async () => {
			const { items } = await read(servers.url, '/api/deliveries', pageOf(delivery));
			expect(items).toMatchObject([{ session_id, status: 'delivered' }]);
		}, 90_000);
		const ids = received.requests.map(({ headers }) => headers['webhook-id']);
		expect(new Set(ids).size).toBe(1);
	}, 240_000);
});
