import { expect, it } from 'vitest';
import { appendDelta, LiveChats } from './live-chats.svelte.ts';
import type { LiveEvent, LiveSocket } from './live-socket.svelte.ts';

const delta = (seq: number, text: string) => ({
	session_id: 'session_1',
	reply_id: 'a',
	seq,
	text,
});

it('joins deltas in order', () => {
	const first = appendDelta(undefined, delta(0, 'Hel'));
	expect(first).toEqual({ reply_id: 'a', text: 'Hel', next_seq: 1 });
	expect(first !== 'gap' && appendDelta(first, delta(1, 'lo'))).toMatchObject({ text: 'Hello' });
});

it('ignores a repeated delta', () => {
	const reply = { reply_id: 'a', text: 'Hello', next_seq: 2 };
	expect(appendDelta(reply, delta(1, 'lo'))).toBe(reply);
});

it('reports a missing delta as a gap', () => {
	expect(appendDelta(undefined, delta(3, 'x'))).toBe('gap');
	expect(appendDelta({ reply_id: 'a', text: 'H', next_seq: 1 }, delta(2, 'x'))).toBe('gap');
});

it('starts over with another reply', () => {
	const reply = { reply_id: 'b', text: 'Old', next_seq: 5 };
	expect(appendDelta(reply, delta(0, 'New'))).toEqual({ reply_id: 'a', text: 'New', next_seq: 1 });
});

it('keeps that a visitor is typing while an agent starts and stops', () => {
	let apply = (_: LiveEvent[]) => undefined as void;
	const live = {
		subscribe(listener: typeof apply) {
			apply = listener;
			return () => undefined;
		},
		onConnected: () => () => undefined,
	} as unknown as LiveSocket;
	const chats = new LiveChats(live);
	chats.follow();
	const id = 'session_1';
	const setTyping = (sender: 'visitor' | 'agent', is_typing: boolean) =>
		apply([
			{ name: 'typing.changed', payload: { session_id: id, sender, author: null, is_typing } },
		]);
	const isVisitorTyping = () => chats.isTyping(id, 'visitor');

	setTyping('visitor', true);
	setTyping('agent', true);
	expect(isVisitorTyping()).toBe(true);
	setTyping('agent', false);
	expect(isVisitorTyping()).toBe(true);
	setTyping('visitor', false);
	expect(isVisitorTyping()).toBe(false);
});
