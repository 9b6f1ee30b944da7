import { expect, it } from 'vitest';
import {
	createSampleMessage,
	createSampleSession,
} from '../../../tests/support/contract-samples.ts';
import { LiveNotices } from './live-notices.ts';

const created = (id: number, overrides = {}) =>
	({ name: 'session.created', payload: { session: createSampleSession(id, overrides) } }) as const;
const noneOpen = () => false;

it('names a single new chat and links to it', () => {
	expect(new LiveNotices().add([created(1)], noneOpen, 7)).toEqual([
		{ kind: 'created', text: 'New chat on Default', session_id: 'session_1' },
	]);
});

it('combines several new chats into one notice until it is cleared', () => {
	const notices = new LiveNotices();
	notices.add([created(1), created(2)], noneOpen, 7);
	expect(notices.add([created(3)], noneOpen, 7)).toEqual([
		{ kind: 'created', text: '3 new chats', session_id: null },
	]);
	notices.clear('created');
	expect(notices.add([created(4)], noneOpen, 7)[0]?.text).toBe('New chat on Default');
});

it('ignores test chats and the open chat', () => {
	const notices = new LiveNotices();
	expect(notices.add([created(1, { channel: 'test' })], noneOpen, 7)).toEqual([]);
	expect(notices.add([created(2)], ({ id }) => id === 2, 7)).toEqual([]);
});

it('notifies only the user who has taken over of a visitor’s message', () => {
	const session = createSampleSession(1, { ai_paused: true, assignee: { id: 7, name: 'Ada' } });
	const takeover = { name: 'session.updated', payload: { session } } as const;
	const message = {
		name: 'message.created',
		payload: { session_id: 'session_1', message: createSampleMessage(9) },
	} as const;
	expect(new LiveNotices().add([takeover, message], noneOpen, 7)).toMatchObject([
		{ kind: 'answered', session_id: 'session_1' },
	]);
	expect(new LiveNotices().add([takeover, message], noneOpen, 8)).toEqual([]);
});

it('notifies the agent whose chat a teammate takes over, even in the open chat', () => {
	const notices = new LiveNotices();
	const ownedBy = (id: number, name: string) => {
		const session = createSampleSession(1, {
			ai_paused: true,
			agent: name,
			assignee: { id, name },
		});
		return { name: 'session.updated', payload: { session } } as const;
	};
	expect(notices.add([ownedBy(7, 'Ada')], () => true, 7)).toEqual([]);
	expect(notices.add([ownedBy(8, 'Grace')], () => true, 7)).toMatchObject([
		{ kind: 'replaced', text: expect.stringMatching(/^Grace took over your chat with/) as string },
	]);
	expect(notices.add([ownedBy(8, 'Grace')], () => true, 7)).toEqual([]);
});
