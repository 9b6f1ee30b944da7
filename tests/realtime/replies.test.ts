import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { listMessages } from '#lib/server/conversations/messages/index.ts';
import { getSession } from '#lib/server/conversations/sessions/index.ts';
import { createSite } from '../factories/site.ts';
import { useTestServer } from '../support/server.ts';
import { createHeldStream, type AiMode } from '../support/stand-in/index.ts';
import { useStandIn } from '../support/use-stand-in.ts';

const t = useTestServer({ OUTBOUND_ALLOW_PRIVATE: 'true' });
const standIn = useStandIn();

/** Connects a visitor to a site whose AI answers in this mode, and waits for the fixed greeting. */
async function connectVisitor(mode: AiMode, options: Record<string, string | number> = {}) {
	const { key } = await createSite(t.app, {
		greeting: 'Hi, how can we help?',
		connector: { type: 'n8n', url: standIn().ai.url(mode, options), auth_header: null },
	});
	const chat = await t.startChat({ site: key });
	const { message } = await chat.visitor.waitForEvent('reply.finished');
	const say = (text: string) =>
		chat.visitor.request('message:send', { message: text, client_message_id: randomUUID() });
	const isAfterGreeting = ({ message: reply }: { message: { id: number } | null }) =>
		(reply?.id ?? 0) > (message?.id ?? 0);
	return { ...chat, say, isAfterGreeting };
}

it('a message after typing finds an open connection to the AI', async () => {
	const connections: Socket[] = [];
	const ports: (number | undefined)[] = [];
	const ai = createServer((request, response) => {
		ports.push(request.socket.remotePort);
		response.setHeader('connection', 'close').end('{"output":"Of course."}');
	});
	ai.on('connection', (socket) => connections.push(socket));
	await new Promise<void>((resolve) => ai.listen(0, '127.0.0.1', resolve));
	onTestFinished(() => void ai.close());
	const { port } = ai.address() as AddressInfo;
	const { key } = await createSite(t.app, {
		greeting: 'Hi, how can we help?',
		connector: { type: 'n8n', url: `http://127.0.0.1:${port}/webhook`, auth_header: null },
	});
	const { visitor } = await t.startChat({ site: key });
	const say = (message: string) =>
		visitor.request('message:send', { message, client_message_id: randomUUID() });
	const listReplies = () =>
		visitor.events('reply.finished').filter(({ message }) => message?.message === 'Of course.');
	await say('We need a new roof');
	await vi.waitFor(() => expect(listReplies()).toHaveLength(1));
	await visitor.request('typing:set', { is_typing: true });
	await vi.waitFor(() => expect(connections).toHaveLength(2));
	await say('When can you start?');
	await vi.waitFor(() => expect(listReplies()).toHaveLength(2));
	expect(connections).toHaveLength(2);
	expect(ports).toEqual(connections.map((socket) => socket.remotePort));
});

describe('a reply', () => {
	it('streams numbered deltas to the visitor and to watching agents only', async () => {
		const text = 'Of course. What is your budget for the new roof?';
		const { visitor, session_id, say, isAfterGreeting } = await connectVisitor('stream', { text });
		const [watching, other] = [await t.connectAgent(), await t.connectAgent()];
		await watching.request('session:watch', { session_id });
		await say('We need a new roof');
		const { reply_id, message } = await visitor.waitForEvent('reply.finished', isAfterGreeting);
		expect(message).toMatchObject({ sender: 'ai', message: text, is_fallback: false });
		await watching.waitForEvent('reply.finished', isAfterGreeting);
		for (const all of [visitor.events('reply.delta'), watching.events('reply.delta')]) {
			const deltas = all.filter((delta) => delta.reply_id === reply_id);
			expect(deltas.length).toBeGreaterThan(3);
			expect(deltas.map(({ seq }) => seq)).toEqual(deltas.map((_, index) => index));
			expect(deltas.map((delta) => delta.text).join('')).toBe(text);
		}
		for (const { received } of [visitor, watching]) {
			const ofReply = received.filter(({ payload }) => JSON.stringify(payload).includes(reply_id));
			expect(ofReply[0]?.name).toBe('reply.started');
			expect(ofReply.at(-1)?.name).toBe('reply.finished');
		}
		await other.waitForEvent('message.created', (event) => event.message.id === message?.id);
		expect(other.received.filter(({ name }) => name.startsWith('reply.'))).toEqual([]);
	});

	it('in progress is sent to an agent who starts watching, and continues from there', async () => {
		const { visitor, session_id, say, isAfterGreeting } = await connectVisitor('echo');
		const stream = createHeldStream();
		standIn().ai.next(stream.answer);
		await say('We need a new roof');
		await stream.write('Of course.');
		await visitor.waitForEvent('reply.delta', ({ text }) => text === 'Of course.');
		const agent = await t.connectAgent();
		const { reply } = await agent.request('session:watch', { session_id });
		await stream.write(' When?');
		await stream.end();
		const { reply_id, message } = await agent.waitForEvent('reply.finished', isAfterGreeting);
		expect(reply).toEqual({ reply_id, text: 'Of course.', next_seq: 1 });
		expect(agent.events('reply.delta')).toMatchObject([{ reply_id, seq: 1, text: ' When?' }]);
		expect(message?.message).toBe('Of course. When?');
	});

	it('is no longer sent to an agent who stops watching', async () => {
		const { visitor, session_id, say, isAfterGreeting } = await connectVisitor('stream');
		const agent = await t.connectAgent();
		await agent.request('session:watch', { session_id });
		await agent.request('session:unwatch', { session_id });
		await say('Hello');
		const { message } = await visitor.waitForEvent('reply.finished', isAfterGreeting);
		await agent.waitForEvent('message.created', (event) => event.message.id === message?.id);
		expect(agent.events('reply.delta')).toEqual([]);
	});

	it('ends with the fallback when the AI fails, and the error is sent to agents', async () => {
		const { visitor, session_id, say, isAfterGreeting } = await connectVisitor('error-in-workflow');
		const agent = await t.connectAgent();
		await say('Hello');
		const { message } = await visitor.waitForEvent('reply.finished', isAfterGreeting);
		expect(message).toMatchObject({ sender: 'ai', is_fallback: true });
		const { error } = await agent.waitForEvent('error.recorded');
		expect(error).toMatchObject({ session_id });
	});
});

describe('taking over during an answer', () => {
	it('aborts the answer immediately: nothing more is shown and nothing is stored', async () => {
		const { visitor, session_id, say } = await connectVisitor('echo');
		const stream = createHeldStream();
		standIn().ai.next(stream.answer);
		await say('We need a new roof');
		await stream.write('Of course.');
		const { reply_id } = await visitor.waitForEvent(
			'reply.delta',
			({ text }) => text === 'Of course.',
		);
		const agent = await t.connectUser();
		await agent.request('session:take-over', { session_id });
		await stream.aborted();
		await stream.write(' This comes too late.');
		await stream.end();
		const isSameReply = (event: { reply_id: string }) => event.reply_id === reply_id;
		expect(await visitor.waitForEvent('reply.finished', isSameReply)).toMatchObject({
			message: null,
		});
		expect(visitor.events('reply.delta').filter(isSameReply)).toHaveLength(1);
		const stored = await listMessages(t.ctx(), session_id);
		expect(stored.map(({ sender }) => sender)).toEqual(['ai', 'visitor']);
	});

	it('and handing back makes the AI answer the pending message', async () => {
		const { visitor, session_id, say, isAfterGreeting } = await connectVisitor('echo');
		const stream = createHeldStream();
		standIn().ai.next(stream.answer);
		await say('We need a new roof');
		await stream.called;
		const agent = await t.connectUser();
		await agent.request('session:take-over', { session_id });
		await agent.request('session:hand-back', { session_id });
		const { message } = await visitor.waitForEvent('reply.finished', isAfterGreeting);
		expect(message?.message).toBe('You said: We need a new roof');
		expect(await getSession(t.ctx(), session_id)).toMatchObject({ ai_engaged: true });
		expect(await listMessages(t.ctx(), session_id)).toHaveLength(3);
	});
});
