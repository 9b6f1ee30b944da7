import { expect, it } from 'vitest';
import type { ReplaySide } from '#lib/contract/test-chat.ts';
import { createSampleMessage } from '../../../../tests/support/contract-samples.ts';
import { alignReplay, compareReplay, judgeReplay, summarizeReplay } from './replay-comparison.ts';

const side = (
	transcript: [sender: 'ai' | 'visitor', text: string][],
	overrides: Partial<ReplaySide> = {},
) => ({
	session_id: 'session_1',
	completion_status: 'in_progress' as const,
	messages: transcript.map(([sender, message], index) =>
		createSampleMessage(index + 1, { sender, message }),
	),
	lead: {},
	turns: 1,
	failures: 0,
	ai_ms: 1200,
	...overrides,
});
const replay = {
	id: 1,
	source_session_id: 'session_1',
	session_id: 'session_2',
	status: 'running' as const,
	sent: 1,
	total: 2,
	created_at: '2026-11-23T08:00:00.000Z',
	finished_at: null,
};
const then = side([
	['ai', 'Hello'],
	['visitor', 'One'],
	['ai', 'First'],
	['ai', 'and more'],
	['visitor', 'Two'],
	['ai', 'Second'],
]);

it('pairs the answers to each visitor message, and leaves pending ones open', () => {
	const now = side([
		['ai', 'Hi'],
		['visitor', 'One'],
	]);
	const rows = alignReplay({ replay, then, now });
	expect(rows.map(({ visitor, then, now, isPending }) => [visitor, then, now, isPending])).toEqual([
		[null, 'Hello', 'Hi', false],
		['One', 'First\n\nand more', '', true],
		['Two', 'Second', '', true],
	]);
});

it('works after the stored chat was deleted', () => {
	const now = side([
		['ai', 'Hi'],
		['visitor', 'One'],
		['ai', 'Yes'],
	]);
	const rows = alignReplay({ replay: { ...replay, status: 'done' }, then: null, now });
	expect(rows.map((row) => row.now)).toEqual(['Hi', 'Yes']);
});

it('reports what got better and what got worse', () => {
	const before = side([], { lead: { name: 'Maya', budget: '5000' }, failures: 1 });
	const now = side([], {
		lead: { name: 'Maya B.', email: 'maya@example.com' },
		completion_status: 'complete',
	});
	const verdicts = compareReplay({ replay, then: before, now }).map(({ name, verdict }) => [
		name,
		verdict,
	]);
	expect(Object.fromEntries(verdicts)).toEqual({
		Completed: 'better',
		Name: null,
		Budget: 'worse',
		Email: 'better',
		'Failed answers': 'better',
		'AI answers': null,
		'AI response time': null,
	});
});

it('lists answers whose keys have the same label separately', () => {
	const now = side([], { lead: { project_type: 'Roof', 'project-type': 'Door' } });
	const checks = compareReplay({ replay, then, now });
	const answers = checks.filter(({ name }) => name === 'Project type');
	expect(answers.map(({ now }) => now)).toEqual(['Roof', 'Door']);
	expect(new Set(checks.map(({ id }) => id)).size).toBe(checks.length);
});

it('sums up whether a replay is better, worse or both', () => {
	const before = side([], { lead: { name: 'Maya' }, failures: 1 });
	const judge = (now: Partial<ReplaySide>, then: ReplaySide | null = before) =>
		judgeReplay(compareReplay({ replay, then, now: side([], now) }));
	expect(judge({ lead: { name: 'Maya' } })).toMatchObject({
		verdict: 'better',
		better: ['Failed answers'],
	});
	expect(judge({ failures: 1 })).toMatchObject({ verdict: 'worse', worse: ['Name'] });
	expect(judge({})).toMatchObject({ verdict: 'mixed' });
	expect(judge({ lead: { name: 'Maya' }, failures: 1 })?.verdict).toBe('same');
	expect(judge({}, null)).toBeNull();
});

it('shows at a glance which fields were kept and lost, and whether the chat is complete', () => {
	const before = side([['ai', 'Hello there']], { lead: { name: 'Maya', budget: '5000' } });
	const now = side([['ai', 'Hi']], {
		lead: { name: 'Maya', email: 'maya@example.com' },
		ai_ms: 600,
	});
	const replayed = {
		replay,
		then: before,
		now: { ...now, completion_status: 'complete' as const },
	};
	const summary = summarizeReplay(replayed).map(({ label, value, hint, delta }) => [
		label,
		value,
		hint,
		delta?.text,
	]);
	expect(summary).toEqual([
		['Fields kept', '1 of 2', '1 new', '1 lost'],
		['Completed', 'Yes', 'no before', 'better'],
		['Answer length', '2', 'characters', expect.any(String)],
		['Total AI time', '600 ms', undefined, '−50%'],
	]);
});
