import { expect, it, onTestFinished, vi } from 'vitest';
import {
	createSampleLead,
	createSampleMessage,
	createSampleSession,
} from '../../../../tests/support/contract-samples.ts';
import type { LiveSocket } from '#lib/client/live/live-socket.svelte.ts';
import { InboxStore } from './inbox-store.svelte.ts';

const createStore = (filter = {}) =>
	new InboxStore(
		{ archive_status: 'active', ...filter },
		{ items: [createSampleSession(2), createSampleSession(1)], next_cursor: null },
	);
const ids = (inbox: InboxStore) => inbox.items.map(({ id }) => id);
const messageCreated = (sessionId: number, id: number) =>
	({
		name: 'message.created',
		payload: {
			session_id: `session_${sessionId}`,
			message: createSampleMessage(id, { session_id: `session_${sessionId}` }),
		},
	}) as const;
const created = (id: number) =>
	({ name: 'session.created', payload: { session: createSampleSession(id) } }) as const;

it('adds a new chat and its first message in one frame as one row', () => {
	const inbox = createStore();
	inbox.apply([created(5), messageCreated(5, 9)]);
	expect(ids(inbox)).toEqual([5, 2, 1]);
	expect(inbox.items[0]?.last_message?.id).toBe(9);
	expect([...inbox.newIds]).toEqual(['session_5']);
});

it('moves nothing while the list is frozen, and applies all changes on release', () => {
	const inbox = createStore();
	inbox.freeze();
	inbox.apply([created(5), messageCreated(1, 9)]);
	expect(ids(inbox)).toEqual([2, 1]);
	expect(inbox.items[1]?.last_message?.id).toBe(9);
	expect(inbox.arrivalCount).toBe(2);
	inbox.release();
	expect(ids(inbox)).toEqual([1, 5, 2]);
	expect(inbox.arrivalCount).toBe(0);
});

it('removes a completed chat from a list of chats in progress', () => {
	const inbox = createStore({ completion_status: 'in_progress' });
	const session = createSampleSession(2, { completion_status: 'complete' });
	inbox.apply([{ name: 'session.completed', payload: { session } }]);
	expect(ids(inbox)).toEqual([1]);
});

it('shows a visitor’s name once it is known', () => {
	const inbox = createStore();
	const lead = createSampleLead({ name: 'Maya' });
	inbox.apply([{ name: 'lead.updated', payload: { session_id: 'session_1', lead } }]);
	expect(inbox.find('session_1')?.visitor_name).toBe('Maya');
});

it('keeps adding chats after the system clock was set back', () => {
	vi.useFakeTimers();
	onTestFinished(() => void vi.useRealTimers());
	const inbox = createStore();
	inbox.apply([created(5)]);
	vi.setSystemTime(Date.now() - 3_600_000);
	inbox.apply([created(6)]);
	vi.advanceTimersByTime(10_000);
	expect(ids(inbox)).toEqual([6, 5, 2, 1]);
});

it('keeps changes that arrive during a refresh', async () => {
	const response = Promise.withResolvers<Response>();
	vi.stubGlobal('fetch', () => response.promise);
	const inbox = createStore();
	inbox.follow({
		subscribe: () => () => undefined,
		onConnected(catchUp: () => void) {
			catchUp();
			return () => undefined;
		},
	} as unknown as LiveSocket);
	inbox.apply([created(5), { name: 'session.deleted', payload: { session_id: 'session_1' } }]);
	await vi.waitFor(() => expect(ids(inbox)).toEqual([5, 2]));
	response.resolve(
		Response.json({ items: [createSampleSession(3), createSampleSession(1)], next_cursor: null }),
	);
	await vi.waitFor(() => expect(ids(inbox)).toEqual([5, 3]));
	vi.unstubAllGlobals();
});
