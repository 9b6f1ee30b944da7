import { expect, test } from 'vitest';
import { aSession } from '../../../tests/support/contract-samples';
import { LiveNotices } from './live-notices';

const created = (id: number, given = {}) =>
	({ name: 'session.created', payload: { session: aSession(id, given) } }) as const;
const nobodySees = () => false;

test('one new chat is named and can be opened', () => {
	expect(new LiveNotices().add([created(1)], nobodySees)).toEqual([
		{ kind: 'created', text: 'New chat on Default', session_id: 'session_1' },
	]);
});

test('many new chats make one notice that counts them until it is gone', () => {
	const notices = new LiveNotices();
	notices.add([created(1), created(2)], nobodySees);
	expect(notices.add([created(3)], nobodySees)).toEqual([
		{ kind: 'created', text: '3 new chats', session_id: null },
	]);
	notices.clear('created');
	expect(notices.add([created(4)], nobodySees)[0]?.text).toBe('New chat on Default');
});

test('a test chat, and one that is open, make no notice', () => {
	const notices = new LiveNotices();
	expect(notices.add([created(1, { channel: 'test' })], nobodySees)).toEqual([]);
	expect(notices.add([created(2)], ({ id }) => id === 2)).toEqual([]);
});
