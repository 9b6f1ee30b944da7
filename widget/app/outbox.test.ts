import type { Ack, WidgetResponses } from '#lib/contract/live.ts';
import type { ErrorCode } from '#lib/contract/problem.ts';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { Outbox, type PendingMessage } from './outbox.ts';
import { PageStorage } from './storage.ts';
import { createMessage } from './test-factories.ts';

type SendResponse = Ack<WidgetResponses['message:send']>;
type Send = (pending: PendingMessage) => Promise<SendResponse>;

const createErrorResponse = (code: ErrorCode): SendResponse => ({
	ok: false,
	error: { code, message: code },
});
const createSuccessResponse = ({
	client_message_id,
	message: text,
}: PendingMessage): SendResponse => ({
	ok: true,
	data: { message: createMessage({ client_message_id, message: text }) },
});

let entries: Record<string, string>;
let isOnline: boolean;
let isFull: boolean;
let isConsentRequired: boolean;
let sent: string[];
let send: Send;

/** Creates an outbox with what the browser has stored, as after a reload. */
function createOutbox(): Outbox {
	const storage = new PageStorage({ ...entries }, (key, value) => {
		if (value === null) delete entries[key];
		else entries[key] = value;
	});
	const outbox: Outbox = new Outbox({
		storage,
		canSend: () => isOnline,
		send: (pending) => {
			sent.push(pending.message);
			return send(pending);
		},
		onStored: ({ client_message_id }) => outbox.confirm(client_message_id),
		onChange: () => undefined,
		onChatFull: () => (isFull = true),
		onConsentRequired: () => (isConsentRequired = true),
	});
	return outbox;
}

const whenIdle = (outbox: Outbox) =>
	vi.waitFor(() => expect(outbox.items.filter(({ state }) => state === 'sending')).toEqual([]));

beforeEach(() => {
	isFull = false;
	isConsentRequired = false;
	entries = {};
	isOnline = true;
	sent = [];
	send = (pending) => Promise.resolve(createSuccessResponse(pending));
});

describe('a message from the visitor', () => {
	it('is stored until the server confirms it', async () => {
		const outbox = createOutbox();
		outbox.add('Hello');
		expect(Object.keys(entries)).toHaveLength(1);
		await whenIdle(outbox);
		expect(entries).toEqual({});
		expect(sent).toEqual(['Hello']);
	});

	it('is resent after a reload if unconfirmed: once, with the same id, in order', async () => {
		isOnline = false;
		const before = createOutbox();
		before.add('One');
		before.add('Two');
		const ids = before.items.map(({ client_message_id }) => client_message_id);
		isOnline = true;
		const after = createOutbox();
		expect(after.items.map(({ client_message_id }) => client_message_id)).toEqual(ids);
		await after.flush();
		expect(sent).toEqual(['One', 'Two']);
		expect(entries).toEqual({});
	});

	it('waits while disconnected, without counting as failed', async () => {
		send = () => {
			isOnline = false;
			return Promise.reject(new Error('disconnected'));
		};
		const outbox = createOutbox();
		outbox.add('Hello');
		await vi.waitFor(() => expect(isOnline).toBe(false));
		await outbox.flush();
		expect(outbox.items[0]?.state).toBe('sending');
	});

	it('never overtakes the previous message', async () => {
		let release = (_: SendResponse) => undefined as void;
		send = (pending) =>
			pending.message === 'One'
				? new Promise<SendResponse>((resolve) => (release = resolve))
				: Promise.resolve(createSuccessResponse(pending));
		const outbox = createOutbox();
		outbox.add('One');
		outbox.add('Two');
		await vi.waitFor(() => expect(sent).toEqual(['One']));
		const [one] = outbox.items;
		if (one) release(createSuccessResponse(one));
		await whenIdle(outbox);
		expect(sent).toEqual(['One', 'Two']);
	});

	it('is retried once without a response, then fails and can be resent manually', async () => {
		send = () => Promise.reject(new Error('timeout'));
		const outbox = createOutbox();
		outbox.add('Hello');
		await vi.waitFor(() => expect(outbox.items[0]?.state).toBe('failed'));
		expect(sent).toEqual(['Hello', 'Hello']);
		send = (pending) => Promise.resolve(createSuccessResponse(pending));
		outbox.retry();
		await whenIdle(outbox);
		expect(outbox.items).toEqual([]);
	});

	it('blocks later messages while it is rejected temporarily', async () => {
		send = () => Promise.resolve(createErrorResponse('rate_limited'));
		const outbox = createOutbox();
		outbox.add('One');
		outbox.add('Two');
		await whenIdle(outbox);
		expect(outbox.items.map(({ state }) => state)).toEqual(['failed', 'failed']);
		expect(outbox.items[0]?.isRateLimited).toBe(true);
		expect(sent).toEqual(['One']);
		send = (pending) => Promise.resolve(createSuccessResponse(pending));
		outbox.retry();
		await whenIdle(outbox);
		expect(sent).toEqual(['One', 'One', 'Two']);
	});

	it.each(['rate_limited', 'unavailable'] as const)(
		'is resent automatically, in order, after %s',
		async (code) => {
			send = (pending) =>
				Promise.resolve(
					sent.length > 1
						? createSuccessResponse(pending)
						: {
								ok: false,
								error: { code, message: 'not now', retry_after: 0.01 },
							},
				);
			const outbox = createOutbox();
			outbox.add('One');
			outbox.add('Two');
			await vi.waitFor(() => expect(outbox.items).toEqual([]));
			expect(sent).toEqual(['One', 'One', 'Two']);
		},
	);

	it('reports a full chat, and keeps rejected messages', async () => {
		send = () => Promise.resolve(createErrorResponse('conflict'));
		const outbox = createOutbox();
		outbox.add('One more');
		await vi.waitFor(() => expect(isFull).toBe(true));
		expect(outbox.items).toMatchObject([
			{ message: 'One more', state: 'failed', isChatFull: true },
		]);
	});

	it('is kept until the visitor consents, if consent became required later', async () => {
		send = () => Promise.resolve(createErrorResponse('forbidden'));
		createOutbox().add('Hello');
		await vi.waitFor(() => expect(isConsentRequired).toBe(true));
		send = (pending) => Promise.resolve(createSuccessResponse(pending));
		const reloaded = createOutbox();
		await reloaded.flush();
		expect(sent).toEqual(['Hello', 'Hello']);
		expect(reloaded.items).toEqual([]);
	});

	it('doesn’t block others if the server can never accept it', async () => {
		send = (pending) =>
			Promise.resolve(
				pending.message === 'Bad' ? createErrorResponse('invalid') : createSuccessResponse(pending),
			);
		const outbox = createOutbox();
		outbox.add('Bad');
		outbox.add('Good');
		await whenIdle(outbox);
		expect(outbox.items.map(({ message: text }) => text)).toEqual(['Bad']);
	});

	it('counts as confirmed when it arrives by another route', () => {
		isOnline = false;
		const outbox = createOutbox();
		outbox.add('Hello');
		outbox.confirm(outbox.items[0]?.client_message_id ?? null);
		expect(outbox.items).toEqual([]);
		expect(entries).toEqual({});
	});

	it('that can’t be parsed from storage doesn’t block others', () => {
		entries = { 'unsent:a': '{', 'unsent:b': 'null', 'unsent:c': '{"message":1}' };
		isOnline = false;
		expect(createOutbox().items).toEqual([]);
	});
});
