import { afterEach, expect, it, vi } from 'vitest';
import type { LiveEvent, LiveSocket } from './live-socket.svelte.ts';
import { ReadMarks, addMark } from './read-marks.svelte.ts';

afterEach(() => void vi.unstubAllGlobals());

it('drops the oldest marks, and keeps their chats read', () => {
	let marks = { through: 0, marks: {} as Record<string, number> };
	for (const id of [5, 9, 7]) marks = addMark(marks, `session_${id}`, id, 2);
	expect(marks).toEqual({ through: 5, marks: { session_9: 9, session_7: 7 } });
});

it('test chats are never unread', () => {
	const state = JSON.stringify({ through: 0, marks: {} });
	vi.stubGlobal('window', { addEventListener: vi.fn(), removeEventListener: vi.fn() });
	vi.stubGlobal('localStorage', { getItem: () => state, setItem: vi.fn() });
	let publish: (events: LiveEvent[]) => void = () => undefined;
	const live = {
		subscribe: (listener: typeof publish) => ((publish = listener), vi.fn()),
		onConnected: () => vi.fn(),
	};
	const marks = new ReadMarks(1);
	marks.follow(live as unknown as LiveSocket);
	const created = (session_id: string, channel: string) =>
		({ name: 'session.created', payload: { session: { session_id, channel } } }) as LiveEvent;
	const messageCreated = (session_id: string) =>
		({
			name: 'message.created',
			payload: { session_id, message: { id: 1, sender: 'visitor' } },
		}) as LiveEvent;
	publish([
		created('web', 'web'),
		created('test', 'test'),
		messageCreated('web'),
		messageCreated('test'),
	]);
	expect([...marks.unread]).toEqual(['web']);
});
