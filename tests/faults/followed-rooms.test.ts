import { expect, it, vi } from 'vitest';
import { startedSession } from '#lib/contract/widget.ts';
import type { ServerProcess } from '../support/process.ts';
import { callApi, readMetric, readTranscript } from '../support/server-api.ts';
import { createHeldStream } from '../support/stand-in/index.ts';
import { describeWith } from '../support/tools.ts';
import { type ConnectedVisitor, useTwoServers } from '../support/two-servers.ts';
import { useStandIn } from '../support/use-stand-in.ts';

const standIn = useStandIn();
const servers = useTwoServers(() => ({ AI_WEBHOOK_URL: standIn().ai.url('echo') }));

/** Starts a chat session at the first process without a socket, and waits for its greeting. */
async function startWithoutSocket() {
	const response = await fetch(`${servers.first.url}/api/embed-chat/sessions`, {
		method: 'POST',
		headers: { 'Content-Type': 'application/json' },
		body: JSON.stringify({ site: 'default' }),
	});
	const { session_id, token } = startedSession.parse(await response.json());
	await vi.waitFor(async () => {
		expect((await readTranscript(servers.first.url, session_id)).messages).toHaveLength(1);
	});
	return { session_id, token };
}

/** Returns how many events of other processes a process has read from Redis, by whether something in it follows them. */
async function readCounts(server: ServerProcess) {
	const count = (result: string) =>
		readMetric(server.url, `frontdesk_relay_events_read_total{result="${result}"}`);
	return { used: await count('used'), unused: await count('unused') };
}

/** Waits until a process has no agents, so that the next agent is its first. */
const waitUntilNoAgents = (server: ServerProcess) =>
	vi.waitFor(async () => {
		expect(await readMetric(server.url, 'frontdesk_sockets{namespace="agents"}')).toBe(0);
	});

/** Starts an answer and waits until its first words have reached the visitor. */
async function startAnswer({ visitor, say }: ConnectedVisitor) {
	const stream = createHeldStream();
	standIn().ai.next(stream.answer);
	await say('We need a new roof');
	await stream.write('It takes');
	const { reply_id } = await visitor.waitForEvent(
		'reply.delta',
		(delta) => delta.text === 'It takes',
	);
	return { stream, reply_id, partial: { reply_id, text: 'It takes', next_seq: 1 } };
}

describeWith('redis-server', 'a process', () => {
	it('reads only the events of chats that its sockets follow', async () => {
		const { visitor, say } = await servers.connectVisitor();
		await say('We need a new roof');
		await visitor.waitForEvent(
			'reply.finished',
			({ message }) => message?.sender === 'ai' && message.message.startsWith('You said'),
		);
		const { session_id, token } = await startWithoutSocket();
		const followed = servers.openWidget(servers.second, { session_id, token });
		await followed.waitForEvent('session.started');
		const agent = await servers.connectAgent(servers.first);
		await agent.request('session:take-over', { session_id });
		// Redis keeps the order, so the second process would have read the events of the other chat before this one.
		await followed.waitForEvent('agent.joined');
		await vi.waitFor(async () => {
			const received = followed.received.filter(({ name }) => name !== 'session.started');
			expect(await readCounts(servers.second)).toEqual({ used: received.length, unused: 0 });
		});
	});

	it('learns of a partial reply when its first socket follows the chat', async () => {
		const started = await servers.connectVisitor();
		const { stream, reply_id, partial } = await startAnswer(started);
		const agent = await servers.connectAgent(servers.second);
		const { session_id } = started;
		expect(await agent.request('session:watch', { session_id })).toEqual({ reply: partial });
		started.visitor.socket.disconnect();
		const back = servers.openWidget(servers.second, started.auth);
		expect((await back.waitForEvent('session.started')).reply).toEqual(partial);
		await stream.write(' three weeks.');
		await stream.end();
		const { message } = await back.waitForEvent('reply.finished');
		expect(message?.message).toBe('It takes three weeks.');
		const deltas = back.events('reply.delta').filter((delta) => delta.reply_id === reply_id);
		expect(deltas).toMatchObject([{ seq: 1, text: ' three weeks.' }]);
	});

	it('aborts an answer without its visitor when an agent of another process takes over', async () => {
		const started = await servers.connectVisitor();
		const { stream } = await startAnswer(started);
		const agent = await servers.connectAgent(servers.second);
		const { session_id } = started;
		await agent.waitForEvent('presence.listed');
		started.visitor.socket.disconnect();
		await agent.waitForEvent(
			'visitor.presence',
			(event) => event.session_id === session_id && !event.is_online,
		);
		await agent.request('session:take-over', { session_id });
		await expect(stream.aborted()).resolves.toBeUndefined();
	});

	it('learns who is online in the others when its first agent connects', async () => {
		const { session_id } = await servers.connectVisitor();
		const agent = await servers.connectAgent(servers.first);
		await agent.request('presence:set', { session_id });
		await vi.waitFor(async () => {
			await waitUntilNoAgents(servers.second);
			const firstAgent = await servers.connectAgent(servers.second);
			const { agents, visitors } = await firstAgent.waitForEvent('presence.listed');
			firstAgent.socket.disconnect();
			expect(agents.map((open) => open.session_id)).toContain(session_id);
			expect(visitors.map((visitor) => visitor.session_id)).toContain(session_id);
		});
	});

	it('keeps a visitor who has moved to it online', async () => {
		const agent = await servers.connectAgent(servers.first);
		const { visitor, session_id, auth } = await servers.connectVisitor();
		const back = servers.openWidget(servers.second, auth);
		await back.waitForEvent('session.started');
		visitor.socket.disconnect();
		await vi.waitFor(() => {
			const events = agent
				.events('visitor.presence')
				.filter((event) => event.session_id === session_id);
			const lastOffline = events.findLastIndex((event) => !event.is_online);
			expect(lastOffline).toBeGreaterThan(0);
			expect(events.length).toBeGreaterThan(lastOffline + 1);
		});
	});

	it('lets a visitor who connected while Redis was hanging catch up', async () => {
		const { session_id, token } = await startWithoutSocket();
		servers.redis.signal('SIGSTOP');
		const visitor = servers.openWidget(servers.first, { session_id, token });
		try {
			await visitor.waitForEvent('session.started');
		} finally {
			servers.redis.signal('SIGCONT');
		}
		await visitor.waitForEvent('live.resumed');
	});

	it('refuses a visitor who is signed out while the handshake waits for Redis', async () => {
		const { session_id, token } = await startWithoutSocket();
		servers.redis.signal('SIGSTOP');
		const visitor = servers.openWidget(servers.first, { session_id, token });
		const refused = visitor.waitForHandshakeError();
		// On a slow machine, the visitor may be connected before the sign-out and disconnected by it.
		const disconnected = visitor.waitForDisconnect();
		try {
			await callApi(servers.first.url, 'POST', `sessions/${session_id}/sign-out-visitor`);
			const outcome = await Promise.race([refused.catch(() => disconnected), disconnected]);
			expect(['unauthorized', 'io server disconnect']).toContain(outcome);
		} finally {
			servers.redis.signal('SIGCONT');
		}
		expect(visitor.socket.connected).toBe(false);
	});
});
