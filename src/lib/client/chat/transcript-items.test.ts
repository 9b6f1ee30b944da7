import { expect, it } from 'vitest';
import {
	createSampleLead,
	createSampleMessage,
} from '../../../../tests/support/contract-samples.ts';
import { groupByDay, type TranscriptDay } from './transcript-items.ts';

const context = { lead: null, session: { completed_at: null }, user: 'Anna', timeZone: 'UTC' };
const time = (minute: number, seconds = 0) =>
	new Date(Date.UTC(2026, 10, 23, 9, minute, seconds)).toISOString();
const outline = (days: TranscriptDay[]) =>
	days.map(({ items }) =>
		items.map((item) =>
			item.type !== 'run'
				? item.type === 'event'
					? item.text
					: item.note.note
				: `${item.bubbles[0].sender}: ${item.bubbles.map((bubble) => bubble.text).join(' | ')}`,
		),
	);

it('groups consecutive messages from one sender into a run', () => {
	const days = groupByDay(
		[
			createSampleMessage(1, { sender: 'ai', timestamp: time(1) }),
			createSampleMessage(2, { timestamp: time(2) }),
			createSampleMessage(3, { timestamp: time(3) }),
			createSampleMessage(4, { sender: 'agent', author: 'Anna', timestamp: time(4) }),
			createSampleMessage(5, { sender: 'agent', author: 'Ben', timestamp: time(4) }),
		],
		[],
		context,
	);
	expect(outline(days)).toEqual([
		['ai: Message 1', 'visitor: Message 2 | Message 3', 'agent: Message 4', 'agent: Message 5'],
	]);
});

it('shows the time before a pause and at the end, and who of the team wrote', () => {
	const [day] = groupByDay(
		[
			createSampleMessage(1, { sender: 'ai', timestamp: time(1) }),
			createSampleMessage(2, { timestamp: time(2) }),
			createSampleMessage(3, { sender: 'ai', timestamp: time(30) }),
			createSampleMessage(4, { sender: 'agent', author: 'Anna', timestamp: time(31) }),
			createSampleMessage(5, { timestamp: time(32) }),
			createSampleMessage(6, { sender: 'ai', is_fallback: true, timestamp: time(33) }),
			createSampleMessage(7, { timestamp: time(34) }),
		],
		[],
		context,
	);
	const shown = day?.items.map((item) => item.type === 'run' && item.is_caption_shown);
	expect(shown).toEqual([false, true, false, true, false, true, true]);
});

it('starts a new run after a long pause and on a new day', () => {
	const tomorrow = new Date(Date.UTC(2026, 10, 24, 0, 1)).toISOString();
	const days = groupByDay(
		[
			createSampleMessage(1, { timestamp: time(1) }),
			createSampleMessage(2, { timestamp: time(20) }),
			createSampleMessage(3, { timestamp: tomorrow }),
		],
		[],
		context,
	);
	expect(outline(days)).toEqual([
		['visitor: Message 1', 'visitor: Message 2'],
		['visitor: Message 3'],
	]);
});

it("separates days in the user's time zone", () => {
	const messages = [
		createSampleMessage(1, { timestamp: '2026-11-22T22:59:00Z' }),
		createSampleMessage(2, { timestamp: '2026-11-22T23:01:00Z' }),
	];
	const dates = (timeZone: string) =>
		groupByDay(messages, [], { ...context, timeZone }).map(({ date }) => date);
	expect(dates('Europe/Berlin')).toEqual(['2026-11-22', '2026-11-23']);
	expect(dates('UTC')).toEqual(['2026-11-22']);
});

it('keeps a pending message’s place and key when it is stored', () => {
	const id = '5d6cb49c-61d8-4eb0-8f2f-27f0a3b4f2a5';
	const sending = {
		client_message_id: id,
		message: 'Hi',
		timestamp: time(2),
		state: 'sending',
	} as const;
	const stored = createSampleMessage(2, {
		sender: 'agent',
		author: 'Anna',
		client_message_id: id,
		message: 'Hi',
	});
	const [before] = groupByDay([createSampleMessage(1, { timestamp: time(1) })], [sending], context);
	const [after] = groupByDay([createSampleMessage(1), stored], [], context);
	expect(before?.items.at(-1)?.key).toBe(`run-${id}`);
	expect(after?.items.at(-1)?.key).toBe(`run-${id}`);
});

it('shows below a message which details it added to the lead', () => {
	const from = { source: 'ai', message_id: 1, at: time(1) } as const;
	const lead = createSampleLead({
		provenance: { email: from, name: from },
		name: 'Maya',
		email: 'm@a.example',
	});
	const days = groupByDay([createSampleMessage(1), createSampleMessage(2)], [], {
		...context,
		lead,
	});
	expect(outline(days)).toEqual([
		['visitor: Message 1', 'Name and email added to the lead', 'visitor: Message 2'],
	]);
});

it('places the completion between the messages before and after it', () => {
	const messages = [
		createSampleMessage(1, { sender: 'ai', timestamp: time(1) }),
		createSampleMessage(2, { timestamp: time(5) }),
	];
	const session = { completed_at: time(1, 1) };
	expect(outline(groupByDay(messages, [], { ...context, session }))).toEqual([
		['ai: Message 1', 'Chat completed', 'visitor: Message 2'],
	]);
	expect(outline(groupByDay(messages.slice(0, 1), [], { ...context, session }))).toEqual([
		['ai: Message 1', 'Chat completed'],
	]);
});

it('shows how long the visitor waited for an AI answer, but not for a fallback reply', () => {
	const question = createSampleMessage(1, { timestamp: time(1) });
	const answer = createSampleMessage(2, { sender: 'ai', timestamp: time(1, 2) });
	const getWaitMs = (message: typeof answer) => {
		const run = groupByDay([question, message], [], context)[0]?.items[1];
		return run?.type === 'run' ? run.answered_in_ms : undefined;
	};
	expect(getWaitMs(answer)).toBe(2000);
	expect(getWaitMs({ ...answer, is_fallback: true })).toBeNull();
	expect(getWaitMs({ ...answer, timestamp: time(9) })).toBeNull();
});

it('places notes and takeovers where they happened, and ends the run there', () => {
	const note = {
		id: 3,
		session_id: 'session_1',
		note: 'A cousin',
		author: { id: 7, name: 'Anna' },
		created_at: time(2, 30),
		edited_at: null,
	};
	const takeover = {
		id: 9,
		action: 'session.taken_over' as const,
		actor: { type: 'user' as const, id: 7, name: 'Anna' },
		session_id: 'session_1',
		target: null,
		detail: {},
		activity: { icon: 'agent' as const, text: 'took over' },
		created_at: time(9),
	};
	const messages = [
		createSampleMessage(1, { timestamp: time(1) }),
		createSampleMessage(2, { timestamp: time(3) }),
	];
	const days = groupByDay(messages, [], { ...context, notes: [note], activity: [takeover] });
	expect(days.map(({ items }) => items.map(({ type, key }) => `${type} ${key}`))).toEqual([
		['run run-1', 'note note-3', 'run run-2', 'event act-9'],
	]);
});

it('marks a quick reply that the visitor chose', () => {
	const offer = createSampleMessage(1, { sender: 'ai', quick_replies: ['Repair', 'New roof'] });
	const [day] = groupByDay([offer, createSampleMessage(2, { message: 'New roof' })], [], context);
	const [run] = day?.items ?? [];
	expect(run?.type === 'run' && run.bubbles[0].chosen).toBe('New roof');
});
