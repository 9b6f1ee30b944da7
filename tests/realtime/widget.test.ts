import { randomUUID } from 'node:crypto';
import { describe, expect, it, vi } from 'vitest';
import { findLead } from '#lib/server/leads/index.ts';
import { listMessages } from '#lib/server/conversations/messages/index.ts';
import { getSession } from '#lib/server/conversations/sessions/index.ts';
import { createSite } from '../factories/site.ts';
import { useTestServer } from '../support/server.ts';

const t = useTestServer();

/** Connects a visitor and waits for the greeting. */
async function connectVisitor() {
	const chat = await t.startChat();
	const { message } = await chat.visitor.waitForEvent('message.created');
	return { ...chat, greeting: message };
}

const createMessage = (message: string, client_message_id: string = randomUUID()) => ({
	message,
	client_message_id,
});

describe('message:send', () => {
	it('is acknowledged with the stored message', async () => {
		const { visitor, session_id } = await connectVisitor();
		const sent = createMessage('  Grüße 👋🏽\r\nsecond\u0000 line ');
		const { message } = await visitor.request('message:send', sent);
		expect(message).toMatchObject({
			sender: 'visitor',
			message: 'Grüße 👋🏽\nsecond line',
			client_message_id: sent.client_message_id,
			author: null,
		});
		const stored = (await listMessages(t.ctx(), session_id)).find(({ id }) => id === message.id);
		expect(stored).toMatchObject(message);
	});

	it('is stored and answered once, however often and from however many tabs it is sent', async () => {
		const { visitor, session_id, token } = await connectVisitor();
		const tab = t.openWidget({ session_id, token });
		await tab.waitForEvent('session.started');
		const sent = createMessage('We need a new roof');
		const answers = await Promise.all(
			Array.from({ length: 10 }, (_, n) => (n % 2 ? tab : visitor).request('message:send', sent)),
		);
		const ids = new Set(answers.map(({ message }) => message.id));
		expect(ids.size).toBe(1);
		await visitor.waitForEvent(
			'reply.finished',
			({ message }) => (message?.id ?? 0) > Math.max(...ids),
		);
		expect(await visitor.request('message:send', sent)).toEqual(answers[0]);
		const stored = await listMessages(t.ctx(), session_id);
		expect(stored.map(({ sender }) => sender)).toEqual(['ai', 'visitor', 'ai']);
	});

	it('is sent to other tabs, and only acknowledged to the sending one', async () => {
		const { visitor, session_id, token } = await connectVisitor();
		const tab = t.openWidget({ session_id, token });
		await tab.waitForEvent('session.started');
		const { message } = await visitor.request('message:send', createMessage('Hello'));
		expect((await tab.waitForEvent('message.created')).message).toEqual(message);
		const reply = await tab.waitForEvent(
			'reply.finished',
			(event) => (event.message?.id ?? 0) > message.id,
		);
		await visitor.waitForEvent(
			'message.created',
			(event) => event.message.id === reply.message?.id,
		);
		const received = visitor.events('message.created').map((event) => event.message.id);
		expect(received).not.toContain(message.id);
	});

	it('keeps the order of one tab, even without waiting for acknowledgements', async () => {
		const { visitor, session_id } = await connectVisitor();
		const texts = Array.from({ length: 50 }, (_, n) => (n % 5 ? `word ${n}` : `a${n}@b.example`));
		await Promise.all(texts.map((word) => visitor.request('message:send', createMessage(word))));
		const stored = await listMessages(t.ctx(), session_id);
		const own = stored.filter(({ sender }) => sender === 'visitor');
		expect(own.map(({ message }) => message)).toEqual(texts);
	});

	it.each([
		['only whitespace', ' \n '],
		['more than 4,000 characters', 'x'.repeat(4001)],
		['only control characters', '\u0000\u0007'],
		['an object', { text: 'hi' }],
	])('with %s is rejected as invalid and not stored', async (_, message) => {
		const { visitor, session_id } = await connectVisitor();
		const client_message_id = randomUUID();
		expect(await visitor.getErrorCode('message:send', { message, client_message_id })).toBe(
			'invalid',
		);
		expect(await listMessages(t.ctx(), session_id)).toHaveLength(1);
	});

	it('without a client id, or with an invalid one, is rejected as invalid', async () => {
		const { visitor } = await connectVisitor();
		expect(await visitor.getErrorCode('message:send', { message: 'Hello' })).toBe('invalid');
		expect(await visitor.getErrorCode('message:send', createMessage('Hello', '1'))).toBe('invalid');
	});
});

describe('history:after', () => {
	it('returns the messages after an id in order, with the chat session', async () => {
		const { visitor, session_id, greeting } = await connectVisitor();
		const { message } = await visitor.request('message:send', createMessage('Hello'));
		const { message: reply } = await visitor.waitForEvent('reply.finished', (event) => {
			return (event.message?.id ?? 0) > message.id;
		});
		const answer = await visitor.request('history:after', { after: greeting.id });
		expect(answer.messages).toEqual([message, reply]);
		expect(answer.session).toMatchObject({ session_id, completion_status: 'in_progress' });
		expect((await visitor.request('history:after', { after: 0 })).messages).toHaveLength(3);
	});

	it.each([{ after: -1 }, { after: '1' }, { after: 1.5 }, {}, null, 'all'])(
		'with %j is rejected as invalid',
		async (payload) => {
			const { visitor } = await connectVisitor();
			expect(await visitor.getErrorCode('history:after', payload)).toBe('invalid');
		},
	);
});

describe('other requests from a visitor', () => {
	it('typing:set is sent to watching agents only', async () => {
		const { visitor, session_id } = await connectVisitor();
		const [watching, other] = [await t.connectAgent(), await t.connectAgent()];
		await watching.request('session:watch', { session_id });
		expect(await visitor.request('typing:set', { is_typing: true })).toEqual({});
		expect(await watching.waitForEvent('typing.changed')).toEqual({
			session_id,
			sender: 'visitor',
			author: null,
			is_typing: true,
		});
		await visitor.request('message:send', createMessage('Hello'));
		await other.waitForEvent('message.created', ({ message }) => message.sender === 'visitor');
		expect(other.events('typing.changed')).toEqual([]);
	});

	it('page:set is stored, and sent to agents as presence', async () => {
		const { visitor, session_id } = await connectVisitor();
		const agent = await t.connectAgent();
		const page = { page_url: 'https://shop.example/prices?a=1', page_title: 'Prices' };
		expect(await visitor.request('page:set', page)).toEqual({});
		const presence = await agent.waitForEvent(
			'visitor.presence',
			(event) => event.session_id === session_id,
		);
		expect(presence).toEqual({ session_id, is_online: true, page_url: page.page_url });
		expect((await getSession(t.ctx(), session_id)).context).toMatchObject(page);
	});

	it('visitor:identify updates the lead, and agents receive it', async () => {
		const { visitor, session_id } = await connectVisitor();
		const agent = await t.connectAgent();
		const fields = { name: 'Maya Hartmann', email: 'maya@hartmann.example', budget: '5000' };
		expect(await visitor.request('visitor:identify', fields)).toEqual({});
		const { lead } = await agent.waitForEvent(
			'lead.updated',
			(event) => event.session_id === session_id,
		);
		expect(lead).toMatchObject({ name: 'Maya Hartmann', answers: { budget: '5000' } });
		expect(await findLead(t.ctx(), session_id)).toEqual(lead);
	});

	it('agents see the visitor online until the last tab disconnects', async () => {
		const agent = await t.connectAgent();
		const { visitor, session_id, token } = await connectVisitor();
		const waitForPresence = (is_online: boolean) =>
			agent.waitForEvent('visitor.presence', (event) => {
				return event.session_id === session_id && event.is_online === is_online;
			});
		await waitForPresence(true);
		const tab = t.openWidget({ session_id, token });
		await tab.waitForEvent('session.started');
		visitor.socket.disconnect();
		await tab.request('page:set', { page_url: 'https://shop.example/' });
		await agent.waitForEvent(
			'visitor.presence',
			({ page_url }) => page_url === 'https://shop.example/',
		);
		expect(agent.events('visitor.presence').filter(({ is_online }) => !is_online)).toEqual([]);
		tab.socket.disconnect();
		await waitForPresence(false);
	});
});

it('a visitor receives nothing of another chat, whatever they request', async () => {
	const { key } = await createSite(t.app, { greeting: 'Hello there' });
	const { visitor: curious, session_id: own } = await t.startChat({ site: key });
	await curious.waitForEvent('reply.finished');
	const { visitor, session_id } = await connectVisitor();
	const agent = await t.connectAgent();
	await agent.request('session:watch', { session_id });
	await visitor.request('typing:set', { is_typing: true });
	await visitor.request('visitor:identify', { name: 'Maya Hartmann' });
	const { message } = await visitor.request('message:send', createMessage('A secret'));
	await visitor.waitForEvent('reply.finished', (event) => (event.message?.id ?? 0) > message.id);

	// Unknown fields are ignored: the token alone determines the chat.
	const forged = { ...createMessage('Which chat is this?'), session_id, chat_session_id: 1 };
	await curious.request('message:send', forged);
	const { messages } = await curious.request('history:after', {
		after: 0,
		session_id,
	});
	expect(JSON.stringify(messages)).not.toContain('A secret');
	await vi.waitFor(async () => expect(await listMessages(t.ctx(), own)).toHaveLength(3));
	expect(JSON.stringify(curious.received)).not.toContain(session_id);
	expect(await listMessages(t.ctx(), session_id)).toHaveLength(3);
});
