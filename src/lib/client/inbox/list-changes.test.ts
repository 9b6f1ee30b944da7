import { expect, it } from 'vitest';
import type { Session } from '#lib/contract/session.ts';
import {
	createSampleMessage,
	createSampleSession,
} from '../../../../tests/support/contract-samples.ts';
import {
	countArrivals,
	mergeIntoList,
	mergeSessions,
	updateWithoutMoving,
	withMessage,
} from './list-changes.ts';

const active = { archive_status: 'active' } as const;
const list = [createSampleSession(3), createSampleSession(2), createSampleSession(1)];
const ids = (sessions: readonly Session[]) => sessions.map(({ id }) => id);
const changes = (...sessions: Session[]) =>
	new Map<string, Session | null>(sessions.map((session) => [session.session_id, session]));

it('a chat with a new message moves to the top', () => {
	const withReply = withMessage(createSampleSession(1), createSampleMessage(9));
	expect(ids(mergeIntoList(list, changes(withReply), active, false))).toEqual([1, 3, 2]);
});

it('a new chat is added only if it matches the filter', () => {
	const added = createSampleSession(5);
	const archived = createSampleSession(6, { archive_status: 'archived' });
	expect(ids(mergeIntoList(list, changes(added, archived), active, false))).toEqual([5, 3, 2, 1]);
});

it('a chat that no longer matches the filter leaves the list', () => {
	const filter = { ...active, completion_status: 'in_progress' } as const;
	const complete = createSampleSession(2, { completion_status: 'complete' });
	expect(ids(mergeIntoList(list, changes(complete), filter, false))).toEqual([3, 1]);
});

it('a deleted chat leaves the list', () => {
	expect(ids(mergeIntoList(list, new Map([['session_3', null]]), active, false))).toEqual([2, 1]);
});

it('a chat that belongs below the last row is left for the next page', () => {
	expect(ids(mergeIntoList(list, changes(createSampleSession(0)), active, true))).toEqual([
		3, 2, 1,
	]);
	expect(ids(mergeIntoList(list, changes(createSampleSession(0)), active, false))).toEqual([
		3, 2, 1, 0,
	]);
});

it('a search result stays when a new message doesn’t match', () => {
	const filter = { ...active, q: 'roof' };
	const withReply = withMessage(
		createSampleSession(1),
		createSampleMessage(9, { message: 'Something else' }),
	);
	expect(
		ids(mergeIntoList(list, changes(withReply, createSampleSession(7)), filter, false)),
	).toEqual([1, 3, 2]);
});

it('a frozen list keeps the order of its rows and updates their contents', () => {
	const withReply = withMessage(
		createSampleSession(1),
		createSampleMessage(9, { message: 'New words' }),
	);
	const updated = updateWithoutMoving(list, changes(withReply, createSampleSession(8)));
	expect(ids(updated)).toEqual([3, 2, 1]);
	expect(updated[2]?.last_message?.message).toBe('New words');
});

it('a frozen list counts the rows that would be added or move up', () => {
	const changed = changes(
		withMessage(createSampleSession(3), createSampleMessage(8)),
		withMessage(createSampleSession(1), createSampleMessage(9)),
		createSampleSession(7),
	);
	const merged = mergeIntoList(list, changed, active, false);
	expect(ids(merged)).toEqual([1, 3, 7, 2]);
	expect(countArrivals(list, merged, changed)).toBe(2);
});

it('a message received twice is counted once', () => {
	const once = withMessage(createSampleSession(1), createSampleMessage(9));
	expect(withMessage(once, createSampleMessage(9))).toBe(once);
	expect(once).toMatchObject({ message_count: 2, visitor_message_count: 1 });
});

it('a session event that is older than the newest message doesn’t restore the previous message', () => {
	const withReply = withMessage(createSampleSession(1), createSampleMessage(9));
	const received = mergeSessions(withReply, createSampleSession(1, { archive_status: 'archived' }));
	expect(received).toMatchObject({ archive_status: 'archived', last_message: { id: 9 } });
});

it('counts the AI as engaged after it answers, not after a greeting or fallback reply', () => {
	const answer = createSampleMessage(9, { sender: 'ai' });
	const inProgress = createSampleSession(1, { visitor_message_count: 1 });
	expect(withMessage(inProgress, answer).ai_engaged).toBe(true);
	expect(withMessage(createSampleSession(1), answer).ai_engaged).toBe(false);
	expect(withMessage(inProgress, { ...answer, is_fallback: true }).ai_engaged).toBe(false);
});
