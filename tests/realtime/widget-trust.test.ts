import { randomUUID } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { describe, expect, it, vi } from 'vitest';
import { chat_sessions } from '#lib/server/core/db/schema/index.ts';
import {
	ingestMessages,
	listMessages,
	MAX_VISITOR_MESSAGES,
} from '#lib/server/conversations/messages/index.ts';
import { getSession } from '#lib/server/conversations/sessions/index.ts';
import { createSite } from '../factories/site.ts';
import { useTestServer } from '../support/server.ts';
import { createHeldStream } from '../support/stand-in/index.ts';
import { useStandIn } from '../support/use-stand-in.ts';

const t = useTestServer({ OUTBOUND_ALLOW_PRIVATE: 'true' });

const standIn = useStandIn();

const createMessage = (message: string, more: object = {}) => ({
	message,
	client_message_id: randomUUID(),
	...more,
});

describe('consent', () => {
	const version = '2026-11-01T10:00:00.000Z';
	const consent = { text: 'I agree to the privacy policy.', is_required: true, version };

	it('is stored once with version and time, and sent to every tab', async () => {
		const { key: site } = await createSite(t.app, { consent });
		const { visitor, session_id, token } = await t.startChat({ site });
		const tab = t.openWidget({ session_id, token });
		await tab.waitForEvent('session.started');
		await visitor.request('consent:accept', { version });
		const { session } = await tab.waitForEvent('session.updated');
		expect(session.consent_version).toBe(version);
		const first = await getSession(t.ctx(), session_id);
		expect(first.consent).toEqual({ version, accepted_at: expect.any(String) as unknown });
		await tab.request('consent:accept', { version });
		expect((await getSession(t.ctx(), session_id)).consent).toEqual(first.consent);
	});

	it('is stored when sent over HTTP with a message', async () => {
		const { key: site } = await createSite(t.app, { consent });
		const sent = await fetch(`${t.url}/api/embed-chat/send-message`, {
			method: 'POST',
			headers: { 'Content-Type': 'application/json' },
			body: JSON.stringify({ site, message: 'maya@hartmann.example', consent_version: version }),
		});
		const { session_id } = (await sent.json()) as { session_id: string };
		expect((await getSession(t.ctx(), session_id)).consent).toMatchObject({ version });
	});

	it('is required before any personal data over the socket, if the site requires it', async () => {
		const { key: site } = await createSite(t.app, { consent });
		const { visitor, session_id } = await t.startChat({ site });
		const personal = createMessage('maya@hartmann.example');
		expect(await visitor.getErrorCode('message:send', createMessage('Hello'))).toBe('forbidden');
		expect(await visitor.getErrorCode('message:send', personal)).toBe('forbidden');
		expect(await visitor.getErrorCode('visitor:identify', { name: 'Maya' })).toBe('forbidden');
		const all = await listMessages(t.ctx(), session_id);
		expect(all.filter(({ sender }) => sender === 'visitor')).toEqual([]);
		expect((await getSession(t.ctx(), session_id)).visitor_name).toBeNull();
		await visitor.request('consent:accept', { version });
		await visitor.request('visitor:identify', { name: 'Maya' });
		expect((await visitor.request('message:send', personal)).message.message).toBe(
			personal.message,
		);
	});

	it('is required before any personal data over HTTP, and no chat starts without it', async () => {
		const { key: site } = await createSite(t.app, { consent });
		const post = (path: string, body: object) =>
			fetch(`${t.url}/api/embed-chat/${path}`, {
				method: 'POST',
				headers: { 'Content-Type': 'application/json' },
				body: JSON.stringify(body),
			});
		const countChats = () => t.app.db.$count(chat_sessions);
		const before = await countChats();
		for (const consent_version of [undefined, '2030-01-01T00:00:00.000Z']) {
			const refused = await post('send-message', { site, message: 'Hello', consent_version });
			expect(refused.status).toBe(403);
			expect(refused.headers.get('content-type')).toContain('application/problem+json');
			const detail: unknown = expect.stringContaining(version);
			expect(await refused.json()).toMatchObject({ detail, errors: [{ path: 'consent_version' }] });
		}
		expect(await countChats()).toBe(before);
		const started = (await (await post('sessions', { site })).json()) as { session_id: string };
		const again = await post('send-message', { ...started, message: 'me@example.com' });
		expect(again.status).toBe(403);
		expect((await getSession(t.ctx(), started.session_id)).visitor_message_count).toBe(0);
		const agreed = { ...started, message: 'me@example.com', consent_version: version };
		expect((await post('send-message', agreed)).status).toBe(200);
		expect((await post('send-message', { ...started, message: 'And more' })).status).toBe(200);
	});

	it('is not required for ingested messages, or by sites where it is optional', async () => {
		const { key: asking } = await createSite(t.app, {
			consent: { ...consent, is_required: false },
		});
		const { visitor } = await t.startChat({ site: asking });
		await visitor.request('message:send', createMessage('Hello'));
		const { key: site } = await createSite(t.app, { consent });
		const { session_id } = await t.startChat({ site });
		const rows = [{ sender: 'visitor' as const, message: 'By telephone' }];
		expect(await ingestMessages(t.ctx(), session_id, rows)).toMatchObject({ stored: 1 });
	});

	it('is not stored if its version is unknown', async () => {
		const { key: site } = await createSite(t.app, { consent });
		const { visitor, session_id } = await t.startChat({ site });
		await visitor.request('consent:accept', { version: '2030-01-01T00:00:00.000Z' });
		expect((await getSession(t.ctx(), session_id)).consent).toBeNull();
		expect(await visitor.getErrorCode('consent:accept', { version: 'yesterday' })).toBe('invalid');
	});
});

it('a visitor gets the same greeting variant in every chat', async () => {
	const greetings = ['a', 'b', 'c'].map((key) => ({ key, text: `Greeting ${key}` }));
	const { key: site } = await createSite(t.app, { greetings });
	for (const visitor_id of [randomUUID(), randomUUID(), randomUUID()]) {
		const greetingTexts = new Set<string>();
		for (let chats = 0; chats < 3; chats++) {
			const auth = { site, visitor_id, client_session_id: randomUUID() };
			const { visitor } = await t.startChat(auth);
			greetingTexts.add((await visitor.waitForEvent('message.created')).message.message);
		}
		expect([...greetingTexts]).toEqual([expect.stringMatching(/^Greeting [abc]$/)]);
	}
});

describe('while an answer is being written', () => {
	/** Connects a visitor whose message is being answered under the test's control. */
	async function startAnswer(words: string) {
		const { key: site } = await createSite(t.app, {
			greeting: 'Hello there',
			connector: { type: 'n8n', url: standIn().ai.url('echo'), auth_header: null },
		});
		const chat = await t.startChat({ site });
		await chat.visitor.waitForEvent('reply.finished');
		const stream = createHeldStream();
		standIn().ai.next(stream.answer);
		await chat.visitor.request('message:send', createMessage(words));
		await stream.write('It takes');
		await chat.visitor.waitForEvent('reply.delta', ({ text }) => text === 'It takes');
		return { stream, ...chat };
	}

	it('a visitor who reconnects gets the partial answer and its rest', async () => {
		const { stream, visitor, session_id, token } = await startAnswer('How long?');
		const back = t.openWidget({ session_id, token });
		const { reply } = await back.waitForEvent('session.started');
		expect(reply).toMatchObject({ text: 'It takes', next_seq: 1 });
		expect((await visitor.request('history:after', { after: 0 })).reply).toEqual(reply);
		await stream.write(' three weeks.');
		await back.waitForEvent(
			'reply.delta',
			({ seq, text }) => seq === 1 && text === ' three weeks.',
		);
		await stream.end();
		const { message } = await back.waitForEvent('reply.finished');
		expect(message?.message).toBe('It takes three weeks.');
		expect((await visitor.request('history:after', { after: 0 })).reply).toBeNull();
	});

	it('a repeated message is stored and joins the same answer', async () => {
		const { stream, visitor, session_id, token } = await startAnswer('How long?');
		const countCalls = () => standIn().ai.recorder.requests.length;
		const before = countCalls();
		const again = await visitor.request('message:send', createMessage('How long?'));
		const byHttp = fetch(`${t.url}/api/embed-chat/send-message`, {
			method: 'POST',
			headers: { 'Content-Type': 'application/json' },
			body: JSON.stringify({ session_id, token, message: 'How long?' }),
		});
		await visitor.waitForEvent('message.created', ({ message }) => message.id > again.message.id);
		await stream.end();
		expect(await (await byHttp).json()).toMatchObject({ response: 'It takes' });
		const all = await listMessages(t.ctx(), session_id);
		expect(all.map(({ sender }) => sender)).toEqual(['ai', 'visitor', 'visitor', 'visitor', 'ai']);
		// A different message gets its own answer.
		standIn().ai.next('object');
		await visitor.request('message:send', createMessage('And how much is it?'));
		await visitor.waitForEvent(
			'reply.finished',
			({ message }) => (message?.id ?? 0) > (all.at(-1)?.id ?? 0),
		);
		expect(countCalls()).toBe(before + 1);
	});
});

it('a chat at its message limit rejects new messages, but acknowledges stored ones again', async () => {
	const { visitor, session_id } = await t.startChat();
	const first = createMessage('Hello');
	await visitor.request('message:send', first);
	await t.app.db
		.update(chat_sessions)
		.set({ visitor_message_count: MAX_VISITOR_MESSAGES })
		.where(eq(chat_sessions.public_id, session_id));
	expect(await visitor.getErrorCode('message:send', createMessage('One more'))).toBe('conflict');
	expect(await visitor.getErrorCode('message:send', createMessage('maya@hartmann.example'))).toBe(
		'conflict',
	);
	expect(await visitor.getErrorCode('message:send', first)).toBe('accepted');
	expect((await getSession(t.ctx(), session_id)).visitor_message_count).toBe(MAX_VISITOR_MESSAGES);
});

it('a bot that fills the honeypot field gets no answer and no error', async () => {
	const { visitor, session_id } = await t.startChat({
		site: 'default',
		website: 'http://spam.example',
	});
	const { message } = await visitor.request(
		'message:send',
		createMessage('Buy', { website: 'http://spam.example' }),
	);
	expect(message.message).toBe('Buy');
	await vi.waitFor(async () => {
		const [row] = await t.app.db
			.select()
			.from(chat_sessions)
			.where(eq(chat_sessions.public_id, session_id));
		expect(row).toMatchObject({ is_awaiting_reply: false, turn_id: null, ai_message_count: 0 });
	});
	const sent = await fetch(`${t.url}/api/embed-chat/send-message`, {
		method: 'POST',
		headers: { 'Content-Type': 'application/json' },
		body: JSON.stringify({ message: 'Buy', website: 'http://spam.example' }),
	});
	expect(await sent.json()).toMatchObject({ success: true, response: null, reply: null });
});
