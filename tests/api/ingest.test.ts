import { randomUUID } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { describe, expect, it } from 'vitest';
import { completionSync, conversation, ingestResult } from '#lib/contract/workflows.ts';
import { transcript } from '#lib/contract/session.ts';
import { sites } from '#lib/server/core/db/schema/index.ts';
import { startSession } from '#lib/server/conversations/sessions/index.ts';
import { createSite } from '../factories/site.ts';
import { expectProblem, useTestApi } from '../support/api.ts';

const { t, call } = useTestApi({ RATE_LIMIT: 'off' });

const createId = () => `session_${randomUUID()}`;
const post = (id: string | number, body: unknown) =>
	call('POST', `/api/sessions/${id}/messages`, { body });
const ingest = async (id: string | number, body: unknown) => {
	const response = await post(id, body);
	expect(response.status).toBe(200);
	const result: unknown = await response.json();
	expect(result).toEqual(ingestResult.parse(result));
	return ingestResult.parse(result);
};
const getMessages = async (id: string) =>
	transcript.parse(await (await call('GET', `/api/sessions/${id}`)).json()).messages;
const getConversation = async (id: string | number) => {
	const response = await call('GET', `/api/conversation/${id}`);
	expect(response.status).toBe(200);
	return response.json() as Promise<unknown>;
};

const CHAT = [
	{ sender: 'ai', message: 'Hi! What is your name?', timestamp: '2025-08-12T05:00:00.000Z' },
	{ sender: 'user', message: 'Ada', timestamp: '2025-08-12T05:00:10.000Z' },
	{ sender: 'agent', message: 'I can help', timestamp: '2025-08-12T05:00:20.000Z' },
	{ sender: 'ai', message: 'Thanks, Ada.', timestamp: '2025-08-12T05:00:30.000Z' },
	{ sender: 'visitor', message: 'Bye', timestamp: '2025-08-12T05:00:40.000Z' },
];

describe('ingested messages', () => {
	it('date an imported chat, in whichever order they arrive', async () => {
		const id = createId();
		await ingest(id, CHAT.slice(2, 4));
		await ingest(id, CHAT.slice(0, 2));
		const closing = 'We will be in touch within 24 hours.';
		const last = { sender: 'ai', message: closing, timestamp: '2025-08-12T06:00:00Z' };
		const { session } = await ingest(id, last);
		expect(session).toMatchObject({
			created_at: '2025-08-12T05:00:00.000Z',
			last_activity_at: '2025-08-12T06:00:00.000Z',
			completed_at: '2025-08-12T06:00:00.000Z',
		});
	});

	it.each([
		['2025-08-12T05:00:00Z', '2025-08-12T05:00:00.000Z'],
		['2025-08-12T05:00:00', '2025-08-12T05:00:00.000Z'],
		['2025-08-12 07:00:00+02', '2025-08-12T05:00:00.000Z'],
		['2025-08-12T07:00:00,5+0200', '2025-08-12T05:00:00.500Z'],
		['20250812T050000Z', '2025-08-12T05:00:00.000Z'],
		['2025-08-12T05:00:00.123456Z', '2025-08-12T05:00:00.123Z'],
		[1754974800, '2025-08-12T05:00:00.000Z'],
		[1754974800123, '2025-08-12T05:00:00.123Z'],
		['1754974800', '2025-08-12T05:00:00.000Z'],
	])('accept the timestamp %j', async (timestamp, at) => {
		const { session } = await ingest(createId(), { sender: 'user', message: 'Hi', timestamp });
		expect(session.created_at).toBe(at);
	});

	it.each(['2999-01-01T00:00:00Z', 99999999999, '2025-02-30', 'yesterday', '12.08.2025', true])(
		'are rejected with the timestamp %j',
		async (timestamp) => {
			const response = await post(createId(), { sender: 'user', message: 'Hi', timestamp });
			const { errors } = await expectProblem(response, 'invalid');
			expect(errors?.[0]?.path).toBe('timestamp');
		},
	);

	it('of an imported chat date its lead, detected or added later', async () => {
		const [named, added] = [createId(), createId()];
		const email = { sender: 'user', message: 'ada@example.com', timestamp: CHAT[1]?.timestamp };
		await ingest(named, email);
		await ingest(added, CHAT);
		for (const [id, created_at] of [
			[named, CHAT[1]?.timestamp],
			[added, CHAT[4]?.timestamp],
		]) {
			const lead = await call('PUT', `/api/sessions/${id}/lead`, { body: { name: 'Ada' } });
			expect(await lead.json()).toMatchObject({ created_at });
		}
	});

	it('are passed to the AI in order of their timestamps, however late they arrive', async () => {
		const id = createId();
		await ingest(id, [
			{ sender: 'user', message: 'third', timestamp: '2025-08-12T05:00:30.000Z' },
			{ sender: 'ai', message: 'newest answer', timestamp: '2025-08-12T05:00:20.000Z' },
		]);
		await ingest(id, { sender: 'ai', message: 'second', timestamp: '2025-08-12T05:00:10.000Z' });
		// Workflows write timestamps in their own time zone.
		await ingest(id, { sender: 'user', message: 'first', timestamp: '2025-08-12T07:00:00+02:00' });
		const found = conversation.parse(await getConversation(id));
		expect(found.conversation_history.map(({ message }) => message)).toEqual([
			'first',
			'second',
			'third',
		]);
		expect(found).toMatchObject({
			session_metadata: {
				total_messages: 3,
				ai_messages_count: 1,
				session_start: '2025-08-12T05:00:00.000Z',
				session_end: '2025-08-12T05:00:30.000Z',
			},
			last_ai_message: 'newest answer',
			ai_message_time: '2025-08-12T05:00:20.000Z',
		});
	});

	it.each(['2025-08-12', '0000-01-01T00:00:00+14:00', '9999-12-31T23:59:59-12:00', 'x', ''])(
		'reject the timestamp %j',
		async (timestamp) => {
			const refused = await post(createId(), { sender: 'user', message: 'Hi', timestamp });
			await expectProblem(refused, 'invalid');
		},
	);

	it('create their chat session and are stored in order', async () => {
		const id = createId();
		const { stored, duplicates, session } = await ingest(id, CHAT);
		expect({ stored, duplicates }).toEqual({ stored: 5, duplicates: 0 });
		expect(session).toMatchObject({
			session_id: id,
			message_count: 5,
			visitor_message_count: 2,
			completion_status: 'in_progress',
		});
		expect((await getMessages(id)).map(({ sender, message }) => `${sender}: ${message}`)).toEqual([
			'ai: Hi! What is your name?',
			'visitor: Ada',
			'agent: I can help',
			'ai: Thanks, Ada.',
			'visitor: Bye',
		]);
	});

	it.each([
		['<think>They want it within 24 hours.</think>\n\nWhat is your name?', 'What is your name?'],
		['They want it within 24 hours.\n</think>\nWhat is your name?', 'What is your name?'],
		['{"output":"<think>within 24 hours</think>What is your name?"}', 'What is your name?'],
		['{"thought":"within 24 hours","reply":"What is your name?"}', 'What is your name?'],
		['Use the `<think>` tag & <b>that</b>', 'Use the `<think>` tag & <b>that</b>'],
		['{"rating":5}', '{"rating":5}'],
		['"Quoted"', '"Quoted"'],
	])('from the AI are stored without its thoughts: %j', async (message, expected) => {
		const id = createId();
		const { stored, session } = await ingest(id, { sender: 'ai', message });
		expect([stored, session.completion_status]).toEqual([1, 'in_progress']);
		expect((await getMessages(id)).map((stored) => stored.message)).toEqual([expected]);
		expect(session.last_message?.message).toBe(expected);
	});

	it('that contain only reasoning are dropped from the AI, but stored unchanged from people', async () => {
		const id = createId();
		const message = '<think>They hear from us within 24 hours.</think>';
		expect(await ingest(id, { sender: 'ai', message })).toMatchObject({
			stored: 0,
			duplicates: 0,
			session: { message_count: 0, completion_status: 'in_progress' },
		});
		const both = [
			{ sender: 'ai', message, external_id: 'thought' },
			{ sender: 'user', message },
		];
		expect(await ingest(id, both)).toMatchObject({ stored: 1, duplicates: 0 });
		expect((await getMessages(id)).map((stored) => stored.message)).toEqual([message]);
	});

	it('are stored once per external id, even concurrently and within one call', async () => {
		const id = createId();
		const body = CHAT.map((message, index) => ({ ...message, external_id: `m${index}` }));
		const results = await Promise.all([ingest(id, body), ingest(id, body), ingest(id, body)]);
		expect(results.map(({ stored }) => stored).sort()).toEqual([0, 0, 5]);
		expect(await ingest(id, [...body, ...body])).toMatchObject({ stored: 0, duplicates: 10 });
		const twice = { sender: 'visitor', message: 'Twice', external_id: 'twice' };
		expect(await ingest(id, [twice, twice])).toMatchObject({ stored: 1, duplicates: 1 });
		expect(await getMessages(id)).toHaveLength(6);
	});

	it('may be a number, as workflows send text that is one', async () => {
		const id = createId();
		await ingest(id, { sender: 'visitor', message: 42 });
		expect(await getMessages(id)).toMatchObject([{ message: '42' }]);
	});

	it('may have numeric external ids, and null for what their source does not know', async () => {
		const id = createId();
		const body = { sender: 'visitor', message: 'Hi', timestamp: null, external_id: 42 };
		expect(await ingest(id, body)).toMatchObject({ stored: 1, duplicates: 0 });
		expect(await ingest(id, { ...body, external_id: '42' })).toMatchObject({ duplicates: 1 });
		expect(await ingest(id, { ...body, external_id: null })).toMatchObject({ stored: 1 });
	});

	it('may be a single one, and may use a numeric session id', async () => {
		const { session } = await ingest(createId(), { sender: 'visitor', message: 'Hi' });
		expect(await ingest(session.id, { sender: 'ai', message: 'Hello' })).toMatchObject({
			stored: 1,
			session: { message_count: 2 },
		});
	});

	it('complete the chat session with its site’s completion phrase', async () => {
		const id = createId();
		const closingMessage = { sender: 'ai', message: 'We will be in touch WITHIN\n24 hours.' };
		const { session } = await ingest(id, closingMessage);
		expect(session).toMatchObject({ completion_status: 'complete', completion_source: 'ingest' });
		expect((await ingest(id, closingMessage)).session.completed_at).toBe(session.completed_at);
	});

	it('are stored exactly, except for control characters', async () => {
		const id = createId();
		await ingest(id, [
			{ sender: 'visitor', message: 'a\u0000b \ud800 \u202E 😀' },
			{ sender: 'ai', message: 'x'.repeat(32_000), external_id: 'n\u0000ul' },
		]);
		const [first, second] = await getMessages(id);
		expect(first?.message).toBe('ab \ufffd \u202E 😀');
		expect(second).toMatchObject({ external_id: 'nul' });
		expect(second?.message).toHaveLength(32_000);
	});

	it('are accepted in batches of at most 500', async () => {
		const createMessages = (count: number) =>
			Array.from({ length: count }, () => ({ sender: 'ai', message: 'Hi' }));
		expect(await ingest(createId(), createMessages(500))).toMatchObject({ stored: 500 });
		await expectProblem(await post(createId(), createMessages(501)), 'invalid');
	});

	it.each([
		[null],
		[7],
		['text'],
		[[]],
		[{}],
		[{ sender: 'bot', message: 'a' }],
		[{ sender: 'ai' }],
		[{ sender: 'ai', message: '' }],
		[{ sender: 'ai', message: '\u0000 ' }],
		[{ sender: 'ai', message: ['a'] }],
		[{ sender: 'ai', message: 'x'.repeat(32_001) }],
		[{ sender: 'ai', message: 'a', timestamp: 'now' }],
		[{ sender: 'ai', message: 'a', timestamp: '0000-01-01T00:00:00Z' }],
		[{ sender: 'ai', message: 'a', timestamp: '2026-02-30T00:00:00Z' }],
		[{ sender: 'ai', message: 'a', timestamp: 1 }],
		[{ sender: 'ai', message: 'a', external_id: '' }],
		[{ sender: 'ai', message: 'a', external_id: 'x'.repeat(201) }],
		[[[{ sender: 'ai', message: 'a' }]]],
		[[{ sender: 'ai', message: 'a' }, null]],
	])('are rejected as a whole when one is %j', async (body) => {
		const id = createId();
		await expectProblem(await post(id, body), 'invalid');
		await expectProblem(await call('GET', `/api/sessions/${id}`), 'not_found');
	});

	it('need a valid session id', async () => {
		const body = { sender: 'ai', message: 'Hi' };
		for (const id of [
			'abc',
			'session_',
			'session_%00',
			`session_${'x'.repeat(121)}`,
			'%F0%9F%98%80',
			'a%2Fb',
		]) {
			await expectProblem(await post(id, body), 'invalid');
		}
		for (const id of ['999999', '99999999999999999999']) {
			await expectProblem(await post(id, body), 'not_found');
		}
	});
});

describe('GET /api/conversation', () => {
	it('has exactly the shape that workflows rely on', async () => {
		const id = createId();
		await ingest(id, CHAT);
		const shown = await getMessages(id);
		const [hi, ada, help, , bye] = shown.map(({ id: message }) => message);
		expect(await getConversation(id)).toStrictEqual({
			session_id: id,
			conversation_history: [
				{
					id: hi,
					message: 'Hi! What is your name?',
					timestamp: '2025-08-12T05:00:00.000Z',
					sender: 'ai',
				},
				{ id: ada, message: 'Ada', timestamp: '2025-08-12T05:00:10.000Z', sender: 'user' },
				{ id: help, message: 'I can help', timestamp: '2025-08-12T05:00:20.000Z', sender: 'agent' },
				{ id: bye, message: 'Bye', timestamp: '2025-08-12T05:00:40.000Z', sender: 'user' },
			],
			session_metadata: {
				total_messages: 4,
				ai_messages_count: 1,
				user_messages_count: 2,
				session_start: '2025-08-12T05:00:00.000Z',
				session_end: '2025-08-12T05:00:40.000Z',
				excluded_last_ai_message: true,
			},
			last_ai_message: 'Thanks, Ada.',
			ai_message_time: '2025-08-12T05:00:30.000Z',
		});
	});

	it('excludes nothing before the AI’s first message', async () => {
		const id = createId();
		const { session } = await ingest(id, {
			sender: 'user',
			message: 'Hi there!',
			timestamp: '2025-08-12T05:00:00Z',
		});
		const found = await getConversation(session.id);
		expect(found).toEqual(conversation.parse(found));
		expect(found).toMatchObject({
			session_metadata: { total_messages: 1, excluded_last_ai_message: false },
			last_ai_message: null,
			ai_message_time: null,
		});
	});

	it('is empty if only the AI has written', async () => {
		const id = createId();
		await ingest(id, { sender: 'ai', message: 'Hello' });
		expect(await getConversation(id)).toMatchObject({
			conversation_history: [],
			session_metadata: {
				total_messages: 0,
				session_start: null,
				session_end: null,
				excluded_last_ai_message: true,
			},
			last_ai_message: 'Hello',
		});
		const { session } = await startSession(t.ctx(), { site: 'default' });
		expect(await getConversation(session.session_id)).toMatchObject({
			conversation_history: [],
			last_ai_message: null,
		});
	});
});

describe('POST /api/sync-completion-status', () => {
	it('completes chats whose completion phrase was missed, once', async () => {
		const { id: site_id } = await createSite(t.app, {
			key: 'late',
			completion_phrases: ['never said'],
		});
		const { session } = await startSession(t.ctx(), { site: 'late' });
		await ingest(session.session_id, { sender: 'ai', message: 'See you tomorrow' });
		const sync = async () => {
			const response = await call('POST', '/api/sync-completion-status');
			expect(response.status).toBe(200);
			return completionSync.parse(await response.json());
		};
		expect((await sync()).updated).toBe(0);
		await t.app.db
			.update(sites)
			.set({ completion_phrases: ['tomorrow'] })
			.where(eq(sites.id, site_id));
		expect(await sync()).toMatchObject({ updated: 1, session_ids: [session.session_id] });
		expect(await sync()).toMatchObject({ updated: 0, session_ids: [] });
	});
});
