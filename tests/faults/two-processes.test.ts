import { createClient } from 'redis';
import { describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { pageSchema } from '#lib/contract/common.ts';
import { delivery } from '#lib/contract/delivery.ts';
import type { ServerProcess } from '../support/process.ts';
import { API_KEY, readApi } from '../support/server-api.ts';
import { createHeldStream } from '../support/stand-in/index.ts';
import { describeWith } from '../support/tools.ts';
import { useTwoServers } from '../support/two-servers.ts';
import { useStandIn } from '../support/use-stand-in.ts';

const standIn = useStandIn();
const servers = useTwoServers(() => ({
	AI_WEBHOOK_URL: standIn().ai.url('echo'),
	LEAD_WEBHOOK_URL: standIn().webhooks.url('leads'),
}));

const getReadiness = async ({ url }: ServerProcess) => {
	const response = await fetch(`${url}/readyz`);
	const { redis } = z.object({ redis: z.boolean() }).parse(await response.json());
	return { status: response.status, redis };
};

describeWith('redis-server', 'two processes', () => {
	describe('with visitor and agent on different processes', () => {
		it('replies, messages and presence reach the other process in order', async () => {
			const agent = await servers.connectAgent(servers.second);
			const { visitor, session_id, greetingId, say } = await servers.connectVisitor();
			await agent.waitForEvent(
				'session.created',
				({ session }) => session.session_id === session_id,
			);
			await agent.waitForEvent('visitor.presence', (event) => event.session_id === session_id);
			await agent.waitForEvent('message.created', ({ message }) => message.id === greetingId);
			await agent.request('session:watch', { session_id });
			const stream = createHeldStream();
			standIn().ai.next(stream.answer);
			const { message } = await say('We need a new roof');
			const words = Array.from({ length: 60 }, (_, n) => (n === 0 ? 'word' : ` word${n}`));
			for (const word of words) await stream.write(word);
			await agent.waitForEvent('reply.delta', ({ text }) => text.endsWith('word59'));
			await stream.end();
			const { reply_id } = await agent.waitForEvent('reply.finished', (event) => {
				return event.message?.message === words.join('');
			});
			for (const all of [visitor.events('reply.delta'), agent.events('reply.delta')]) {
				const deltas = all.filter((delta) => delta.reply_id === reply_id);
				expect(deltas.map(({ seq }) => seq)).toEqual(deltas.map((_, index) => index));
				expect(deltas.map(({ text }) => text).join('')).toBe(words.join(''));
			}
			const received = agent.events('message.created').map((event) => event.message.id);
			expect(received.filter((id) => id === message.id)).toEqual([message.id]);
			expect([...received].sort((a, b) => a - b)).toEqual(received);
		});

		it('a visitor who reconnects to another process mid-reply gets the partial reply and its rest', async () => {
			const { visitor, session_id, auth, say } = await servers.connectVisitor();
			const agent = await servers.connectAgent(servers.second);
			await agent.request('session:watch', { session_id });
			const stream = createHeldStream();
			standIn().ai.next(stream.answer);
			await say('How long does it take?');
			await stream.write('It takes');
			await agent.waitForEvent('reply.delta', ({ text }) => text === 'It takes');
			visitor.socket.disconnect();
			const back = servers.openWidget(servers.second, auth);
			const { reply } = await back.waitForEvent('session.started');
			const partial = { reply_id: reply?.reply_id ?? '', text: 'It takes', next_seq: 1 };
			expect(reply).toEqual(partial);
			expect((await agent.request('session:watch', { session_id })).reply).toEqual(partial);
			await stream.write(' three weeks.');
			const { seq } = await back.waitForEvent(
				'reply.delta',
				({ text }) => text === ' three weeks.',
			);
			expect(seq).toBe(1);
			const { reply: later } = await back.request('history:after', { after: auth.after });
			expect(later).toMatchObject({ text: 'It takes three weeks.', next_seq: 2 });
			await stream.end();
			const { message } = await back.waitForEvent('reply.finished');
			expect(message?.message).toBe('It takes three weeks.');
			expect((await back.request('history:after', { after: auth.after })).reply).toBeNull();
		});

		it('a takeover aborts the answer, and the agent’s messages reach the visitor', async () => {
			const agent = await servers.connectAgent(servers.second);
			const { visitor, session_id, say } = await servers.connectVisitor();
			const stream = createHeldStream();
			standIn().ai.next(stream.answer);
			await say('We need a new roof');
			await stream.write('Of course.');
			const { reply_id } = await visitor.waitForEvent(
				'reply.delta',
				({ text }) => text === 'Of course.',
			);
			await agent.request('session:take-over', { session_id });
			await stream.aborted();
			await visitor.waitForEvent('agent.joined');
			const isSameReply = (event: { reply_id: string }) => event.reply_id === reply_id;
			expect((await visitor.waitForEvent('reply.finished', isSameReply)).message).toBeNull();
			const { message } = await agent.request('message:send', {
				session_id,
				message: 'Hello, Ada here',
			});
			await visitor.waitForEvent('message.created', (event) => event.message.id === message.id);
			await agent.request('typing:set', { session_id, is_typing: true });
			await visitor.waitForEvent('typing.changed', ({ sender }) => sender === 'agent');
		});

		it('a completed lead is delivered once', async () => {
			const { session_id } = await servers.connectVisitor();
			const patch = { method: 'PATCH', body: JSON.stringify({ completion_status: 'complete' }) };
			const headers = { 'x-api-key': API_KEY, 'content-type': 'application/json' };
			const { first, second } = servers;
			const calls = [first, second, first, second].map(({ url }) =>
				fetch(`${url}/api/sessions/${session_id}`, { ...patch, headers }),
			);
			for (const { status } of await Promise.all(calls)) expect(status).toBe(200);
			await vi.waitFor(async () => {
				const { items } = await readApi(second.url, 'deliveries', pageSchema(delivery));
				expect(items).toMatchObject([
					{ session_id, status: 'delivered', attempts: [{ number: 1 }] },
				]);
			});
			expect(standIn().webhooks.recorder('leads').requests).toHaveLength(1);
		});
	});

	it('skips invalid messages in Redis without losing the next event', async () => {
		const { session_id, say } = await servers.connectVisitor();
		const farAgent = await servers.connectAgent(servers.second);
		await farAgent.request('session:take-over', { session_id });
		const client = await createClient({ url: servers.redis.url }).connect();
		const channels = await client.pubSubChannels('frontdesk:*');
		expect(channels.filter((channel) => channel.endsWith('/agents team'))).toHaveLength(1);
		for (const channel of channels) {
			for (const data of ['{not json', 'null', '{}', '[]', '{"name":"from.the.future"}']) {
				await client.publish(channel, data);
			}
		}
		client.destroy();
		const { message } = await say('Hello?');
		await farAgent.waitForEvent('message.created', (event) => event.message.id === message.id);
		expect(farAgent.events('live.resumed')).toEqual([]);
		expect(await getReadiness(servers.second)).toEqual({ status: 200, redis: true });
	});

	describe('while Redis is unavailable', () => {
		it('keeps storing messages and sending local events, reports it in /readyz, and lets clients catch up', async () => {
			const { visitor, session_id, say } = await servers.connectVisitor();
			const [nearAgent, farAgent] = [
				await servers.connectAgent(servers.first),
				await servers.connectAgent(servers.second),
			];
			await farAgent.request('session:take-over', { session_id });
			await visitor.waitForEvent('agent.joined');
			await servers.redis.kill();
			await vi.waitFor(async () => {
				for (const server of [servers.first, servers.second]) {
					expect(await getReadiness(server)).toEqual({ status: 200, redis: false });
				}
			});

			const sent = await say('Is anybody there?');
			await nearAgent.waitForEvent(
				'message.created',
				({ message }) => message.id === sent.message.id,
			);
			const answer = await farAgent.request('message:send', { session_id, message: 'Yes, I am' });
			await farAgent.waitForEvent(
				'message.created',
				({ message }) => message.id === answer.message.id,
			);
			expect(visitor.events('message.created').map((event) => event.message.id)).not.toContain(
				answer.message.id,
			);

			await servers.redis.start();
			await vi.waitFor(async () => {
				for (const server of [servers.first, servers.second]) {
					expect(await getReadiness(server)).toEqual({ status: 200, redis: true });
				}
			});
			await Promise.all([
				visitor.waitForEvent('live.resumed'),
				nearAgent.waitForEvent('live.resumed'),
				farAgent.waitForEvent('live.resumed'),
			]);
			const { messages } = await visitor.request('history:after', { after: sent.message.id });
			expect(messages).toMatchObject([{ id: answer.message.id, message: 'Yes, I am' }]);
			const next = await farAgent.request('message:send', { session_id, message: 'Still here' });
			await visitor.waitForEvent(
				'message.created',
				({ message }) => message.id === next.message.id,
			);
		});

		it('does not wait for a hanging Redis, and relays its events in order later', async () => {
			const { session_id, say } = await servers.connectVisitor();
			const farAgent = await servers.connectAgent(servers.second);
			await farAgent.request('session:take-over', { session_id });
			servers.redis.signal('SIGSTOP');
			const ids: number[] = [];
			for (let n = 0; n < 20; n += 1) ids.push((await say(`word ${n}`)).message.id);
			servers.redis.signal('SIGCONT');
			await farAgent.waitForEvent('message.created', ({ message }) => message.id === ids.at(-1));
			const received = farAgent.events('message.created').map(({ message }) => message.id);
			expect(received.filter((id) => ids.includes(id))).toEqual(ids);
		});
	});
});
