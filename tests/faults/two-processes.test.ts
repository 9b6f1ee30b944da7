import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { createClient } from 'redis';
import { z } from 'zod';
import { pageOf } from '#lib/contract/common.ts';
import { delivery } from '#lib/contract/delivery.ts';
import { API_KEY } from '../support/api-key.ts';
import { createTestDatabase } from '../support/database.ts';
import { read } from '../support/history.ts';
import {
	connectAgent,
	connectWidget,
	type AgentClient,
	type WidgetClient,
} from '../support/live-client.ts';
import { startServer, type ServerProcess } from '../support/process.ts';
import { startRedis, type TestRedis } from '../support/redis.ts';
import { ADMIN, signInAt } from '../support/sign-in.ts';
import { heldStream } from '../support/stand-in/index.ts';
import { describeWith } from '../support/tools.ts';
import { useStandIn } from '../support/use-stand-in.ts';

const standIn = useStandIn();
let redis: TestRedis;
let one: ServerProcess;
let two: ServerProcess;
let cookie: string;
const closing: (() => unknown)[] = [];
const clients = new Set<WidgetClient | AgentClient>();

beforeAll(async () => {
	const database = await createTestDatabase();
	redis = await startRedis();
	const environment = {
		DATABASE_URL: database.url,
		REDIS_URL: redis.url,
		AI_WEBHOOK_URL: standIn().ai.url('echo'),
		LEAD_WEBHOOK_URL: standIn().webhooks.url('leads'),
		ADMIN_EMAIL: ADMIN.email,
		ADMIN_PASSWORD: ADMIN.password,
	};
	closing.push(
		() => database.drop(),
		() => redis.stop(),
	);
	[one, two] = await Promise.all([startServer(environment), startServer(environment)]);
	closing.push(() => Promise.all([one.stop(), two.stop()]));
	cookie = await signInAt(one.url);
});
afterEach(() => {
	const faults = [...clients].flatMap((client) => client.faults);
	for (const { socket } of clients) socket.disconnect();
	clients.clear();
	expect(faults).toEqual([]);
});
afterAll(async () => {
	for (const close of closing.reverse()) await close();
});

const keep = <T extends WidgetClient | AgentClient>(client: T): T => {
	clients.add(client);
	return client;
};

/** A visitor at the first process, greeted. */
async function chat() {
	const visitor = keep(connectWidget(one.url, { site: 'default' }));
	const { session_id, token } = await visitor.event('session.started');
	const { message: greeting } = await visitor.event('message.created');
	const say = (message: string) =>
		visitor.ask('message:send', { message, client_message_id: randomUUID() });
	return { visitor, session_id, token, greeting, say };
}

/** The signed-in admin at a process. */
async function agentAt({ url }: ServerProcess): Promise<AgentClient> {
	const agent = keep(connectAgent(url, {}, { extraHeaders: { cookie, origin: url } }));
	await agent.connected();
	return agent;
}

const readiness = async ({ url }: ServerProcess) => {
	const response = await fetch(`${url}/readyz`);
	const { redis } = z.object({ redis: z.boolean() }).parse(await response.json());
	return { status: response.status, redis };
};

describeWith('redis-server', 'two processes', () => {
	describe('with the visitor at one process and the agent at another', () => {
		it('a reply streams across, in order, as do messages and presence', async () => {
			const agent = await agentAt(two);
			const { visitor, session_id, greeting, say } = await chat();
			await agent.event('session.created', ({ session }) => session.session_id === session_id);
			await agent.event('visitor.presence', (event) => event.session_id === session_id);
			await agent.event('message.created', ({ message }) => message.id === greeting.id);
			await agent.ask('session:watch', { session_id });
			const stream = heldStream();
			standIn().ai.next(stream.answer);
			const { message } = await say('We need a new roof');
			const words = Array.from({ length: 60 }, (_, n) => (n === 0 ? 'word' : ` word${n}`));
			for (const word of words) await stream.write(word);
			await agent.event('reply.delta', ({ text }) => text.endsWith('word59'));
			await stream.end();
			const { reply_id } = await agent.event('reply.finished', (event) => {
				return event.message?.message === words.join('');
			});
			for (const all of [visitor.events('reply.delta'), agent.events('reply.delta')]) {
				const deltas = all.filter((delta) => delta.reply_id === reply_id);
				expect(deltas.map(({ seq }) => seq)).toEqual(deltas.map((_, index) => index));
				expect(deltas.map(({ text }) => text).join('')).toBe(words.join(''));
			}
			const heard = agent.events('message.created').map((event) => event.message.id);
			expect(heard.filter((id) => id === message.id)).toEqual([message.id]);
			expect([...heard].sort((a, b) => a - b)).toEqual(heard);
		});

		it('whoever comes back to another process in mid-reply has what was written so far, and the rest', async () => {
			const { visitor, session_id, token, greeting, say } = await chat();
			const agent = await agentAt(two);
			await agent.ask('session:watch', { session_id });
			const stream = heldStream();
			standIn().ai.next(stream.answer);
			await say('How long does it take?');
			await stream.write('It takes');
			await agent.event('reply.delta', ({ text }) => text === 'It takes');
			visitor.socket.disconnect();
			const back = keep(connectWidget(two.url, { session_id, token, after: greeting.id }));
			const { reply } = await back.event('session.started');
			const soFar = { reply_id: reply?.reply_id ?? '', text: 'It takes', next_seq: 1 };
			expect(reply).toEqual(soFar);
			expect((await agent.ask('session:watch', { session_id })).reply).toEqual(soFar);
			await stream.write(' three weeks.');
			const { seq } = await back.event('reply.delta', ({ text }) => text === ' three weeks.');
			expect(seq).toBe(1);
			const { reply: later } = await back.ask('history:after', { after: greeting.id });
			expect(later).toMatchObject({ text: 'It takes three weeks.', next_seq: 2 });
			await stream.end();
			const { message } = await back.event('reply.finished');
			expect(message?.message).toBe('It takes three weeks.');
			expect((await back.ask('history:after', { after: greeting.id })).reply).toBeNull();
		});

		it('taking over stops the answer at once, and a person’s words reach the visitor', async () => {
			const agent = await agentAt(two);
			const { visitor, session_id, say } = await chat();
			const stream = heldStream();
			standIn().ai.next(stream.answer);
			await say('We need a new roof');
			await stream.write('Of course.');
			const { reply_id } = await visitor.event('reply.delta', ({ text }) => text === 'Of course.');
			await agent.ask('session:take-over', { session_id });
			await stream.abandoned();
			await visitor.event('agent.joined');
			const of = (event: { reply_id: string }) => event.reply_id === reply_id;
			expect((await visitor.event('reply.finished', of)).message).toBeNull();
			const { message } = await agent.ask('message:send', {
				session_id,
				message: 'Hello, Ada here',
			});
			await visitor.event('message.created', (event) => event.message.id === message.id);
			await agent.ask('typing:set', { session_id, is_typing: true });
			await visitor.event('typing.changed', ({ sender }) => sender === 'agent');
		});

		it('a completion is delivered once', async () => {
			const { session_id } = await chat();
			const patch = { method: 'PATCH', body: JSON.stringify({ completion_status: 'complete' }) };
			const headers = { 'x-api-key': API_KEY, 'content-type': 'application/json' };
			const calls = [one, two, one, two].map(({ url }) =>
				fetch(`${url}/api/sessions/${session_id}`, { ...patch, headers }),
			);
			for (const { status } of await Promise.all(calls)) expect(status).toBe(200);
			await vi.waitFor(async () => {
				const { items } = await read(two.url, '/api/deliveries', pageOf(delivery));
				expect(items).toMatchObject([
					{ session_id, status: 'delivered', attempts: [{ number: 1 }] },
				]);
			}, 30_000);
			expect(standIn().webhooks.recorder('leads').requests).toHaveLength(1);
		});
	});

	it('an entry in Redis that means nothing is left out, and costs nobody the next one', async () => {
		const { session_id, say } = await chat();
		const far = await agentAt(two);
		await far.ask('session:take-over', { session_id });
		const client = await createClient({ url: redis.url }).connect();
		const [stream = ''] = await client.keys('frontdesk:*:live');
		for (const data of ['{not json', 'null', '{}', '[]', '{"name":"from.the.future"}']) {
			await client.xAdd(stream, '*', { self: 'somebody else', data });
		}
		client.destroy();
		const { message } = await say('Hello?');
		await far.event('message.created', (event) => event.message.id === message.id);
		expect(far.events('live.resumed')).toEqual([]);
		expect(await readiness(two)).toEqual({ status: 200, redis: true });
	});

	describe('while Redis is away', () => {
		it('storing and each process’s own live events go on, /readyz tells, and clients catch up after', async () => {
			const { visitor, session_id, say } = await chat();
			const [near, far] = [await agentAt(one), await agentAt(two)];
			await far.ask('session:take-over', { session_id });
			await visitor.event('agent.joined');
			await redis.kill();
			await vi.waitFor(async () => {
				for (const server of [one, two]) {
					expect(await readiness(server)).toEqual({ status: 200, redis: false });
				}
			}, 30_000);

			const sent = await say('Is anybody there?');
			await near.event('message.created', ({ message }) => message.id === sent.message.id);
			const answer = await far.ask('message:send', { session_id, message: 'Yes, I am' });
			await far.event('message.created', ({ message }) => message.id === answer.message.id);
			expect(visitor.events('message.created').map((event) => event.message.id)).not.toContain(
				answer.message.id,
			);

			await redis.start();
			await vi.waitFor(async () => {
				for (const server of [one, two]) {
					expect(await readiness(server)).toEqual({ status: 200, redis: true });
				}
			}, 30_000);
			await Promise.all([
				visitor.event('live.resumed'),
				near.event('live.resumed'),
				far.event('live.resumed'),
			]);
			const { messages } = await visitor.ask('history:after', { after: sent.message.id });
			expect(messages).toMatchObject([{ id: answer.message.id, message: 'Yes, I am' }]);
			const next = await far.ask('message:send', { session_id, message: 'Still here' });
			await visitor.event('message.created', ({ message }) => message.id === next.message.id);
		});

		it('and hangs, nothing waits for it, and what was told meanwhile comes later, in order', async () => {
			const { session_id, say } = await chat();
			const far = await agentAt(two);
			await far.ask('session:take-over', { session_id });
			redis.signal('SIGSTOP');
			const ids: number[] = [];
			for (let n = 0; n < 20; n += 1) ids.push((await say(`word ${n}`)).message.id);
			redis.signal('SIGCONT');
			await far.event('message.created', ({ message }) => message.id === ids.at(-1));
			const heard = far.events('message.created').map(({ message }) => message.id);
			expect(heard.filter((id) => ids.includes(id))).toEqual(ids);
		});
	});
});
