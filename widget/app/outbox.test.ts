import type { Ack, WidgetAnswers } from '#lib/contract/live.ts';
import type { ErrorCode } from '#lib/contract/problem.ts';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { Outbox, type Pending } from './outbox.ts';
import { PageStorage } from './storage.ts';
import { message } from './test-factories.ts';

type Answer = Ack<WidgetAnswers['message:send']>;
type Send = (pending: Pending) => Promise<Answer>;

const refused = (code: ErrorCode): Answer => ({ ok: false, error: { code, message: code } });
const stored = ({ client_message_id, message: text }: Pending): Answer => ({
	ok: true,
	data: { message: message({ client_message_id, message: text }) },
});

let kept: Record<string, string>;
let isOnline: boolean;
let isFull: boolean;
let isForbidden: boolean;
let sent: string[];
let send: Send;

/** An outbox over what the browser keeps, as after a reload. */
function open(): Outbox {
	const storage = new PageStorage({ ...kept }, (key, value) => {
		if (value === null) delete kept[key];
		else kept[key] = value;
	});
	const outbox: Outbox = new Outbox({
		storage,
		isOnline: () => isOnline,
		send: (pending) => {
			sent.push(pending.message);
			return send(pending);
		},
		stored: ({ client_message_id }) => outbox.settle(client_message_id),
		changed: () => undefined,
		isFull: () => (isFull = true),
		isForbidden: () => (isForbidden = true),
	});
	return outbox;
}

const settled = (outbox: Outbox) =>
	vi.waitFor(() => expect(outbox.items.filter(({ state }) => state === 'sending')).toEqual([]));

beforeEach(() => {
	isFull = false;
	isForbidden = false;
	kept = {};
	isOnline = true;
	sent = [];
	send = (pending) => Promise.resolve(stored(pending));
});

describe('a message from the visitor', () => {
	it('is kept exactly until the server confirms it', async () => {
		const outbox = open();
		outbox.add('Hello');
		expect(Object.keys(kept)).toHaveLength(1);
		await settled(outbox);
		expect(kept).toEqual({});
		expect(sent).toEqual(['Hello']);
	});

	it('is resent after a reload if unconfirmed: once, with the same id, in order', async () => {
		isOnline = false;
		const before = open();
		before.add('One');
		before.add('Two');
		const ids = before.items.map(({ client_message_id }) => client_message_id);
		isOnline = true;
		const after = open();
		expect(after.items.map(({ client_message_id }) => client_message_id)).toEqual(ids);
		await after.flush();
		expect(sent).toEqual(['One', 'Two']);
		expect(kept).toEqual({});
	});

	it('waits while disconnected, without counting as failed', async () => {
		send = () => {
			isOnline = false;
			return Promise.reject(new Error('disconnected'));
		};
		const outbox = open();
		outbox.add('Hello');
		await vi.waitFor(() => expect(isOnline).toBe(false));
		await outbox.flush();
		expect(outbox.items[0]?.state).toBe('sending');
	});

	it('never overtakes the one before it', async () => {
		let release = (_: Answer) => undefined as void;
		send = (pending) =>
			pending.message === 'One'
				? new Promise<Answer>((resolve) => (release = resolve))
				: Promise.resolve(stored(pending));
		const outbox = open();
		outbox.add('One');
		outbox.add('Two');
		await vi.waitFor(() => expect(sent).toEqual(['One']));
		const [one] = outbox.items;
		if (one) release(stored(one));
		await settled(outbox);
		expect(sent).toEqual(['One', 'Two']);
	});

	it('is retried once without a response, then fails and can be resent manually', async () => {
		send = () => Promise.reject(new Error('timeout'));
		const outbox = open();
		outbox.add('Hello');
		await vi.waitFor(() => expect(outbox.items[0]?.state).toBe('failed'));
		expect(sent).toEqual(['Hello', 'Hello']);
		send = (pending) => Promise.resolve(stored(pending));
		outbox.retry();
		await settled(outbox);
		expect(outbox.items).toEqual([]);
	});

	it('holds back later messages when it is refused temporarily', async () => {
		send = () => Promise.resolve(refused('rate_limited'));
		const outbox = open();
		outbox.add('One');
		outbox.add('Two');
		await settled(outbox);
		expect(outbox.items.map(({ state }) => state)).toEqual(['failed', 'failed']);
		expect(outbox.items[0]?.is_limited).toBe(true);
		expect(sent).toEqual(['One']);
		send = (pending) => Promise.resolve(stored(pending));
		outbox.retry();
		await settled(outbox);
		expect(sent).toEqual(['One', 'One', 'Two']);
	});

	it.each(['rate_limited', 'unavailable'] as const)(
		'is resent automatically, in order, after %s',
		async (code) => {
			send = (pending) =>
				Promise.resolve(
					sent.length > 1
						? stored(pending)
						: {
								ok: false,
								error: { code, message: 'not now', retry_after: 0.01 },
							},
				);
			const outbox = open();
			outbox.add('One');
			outbox.add('Two');
			await vi.waitFor(() => expect(outbox.items).toEqual([]));
			expect(sent).toEqual(['One', 'One', 'Two']);
		},
	);

	it('reports that the chat is full, and keeps the rejected messages', async () => {
		send = () => Promise.resolve(refused('conflict'));
		const outbox = open();
		outbox.add('One more');
		await vi.waitFor(() => expect(isFull).toBe(true));
		expect(outbox.items).toMatchObject([{ message: 'One more', state: 'failed' }]);
	});

	it('is kept until the visitor gives a consent that was required later', async () => {
		send = () => Promise.resolve(refused('forbidden'));
		open().add('Hello');
		await vi.waitFor(() => expect(isForbidden).toBe(true));
		send = (pending) => Promise.resolve(stored(pending));
		const reloaded = open();
		await reloaded.flush();
		expect(sent).toEqual(['Hello', 'Hello']);
		expect(reloaded.items).toEqual([]);
	});

	it('doesn’t hold back others if it can never be stored', async () => {
		send = (pending) =>
			Promise.resolve(pending.message === 'Bad' ? refused('invalid') : stored(pending));
		const outbox = open();
		outbox.add('Bad');
		outbox.add('Good');
		await settled(outbox);
		expect(outbox.items.map(({ message: text }) => text)).toEqual(['Bad']);
	});

	it('counts as confirmed when it arrives by another route', () => {
		isOnline = false;
		const outbox = open();
		outbox.add('Hello');
		outbox.settle(outbox.items[0]?.client_message_id ?? null);
		expect(outbox.items).toEqual([]);
		expect(kept).toEqual({});
	});

	it('that was stored unreadably doesn’t block others', () => {
		kept = { 'unsent:a': '{', 'unsent:b': 'null', 'unsent:c': '{"message":1}' };
		isOnline = false;
		expect(open().items).toEqual([]);
	});
});
