import { describe, expect, it } from 'vitest';
import { formatCount, formatDuration } from '#lib/numbers.ts';
import { summarizeFunnel, summarizeLargest, summarizeTrend } from './summaries.ts';

const days = ['2026-10-12', '2026-10-13', '2026-10-14', '2026-10-15', '2026-10-16'];
const chats = { days, format: formatCount, unit: 'chats' };

describe('a trend summary', () => {
	it('names the change and the best day', () => {
		const values = [20, 38, 21, 22, 11];
		expect(summarizeTrend({ ...chats, values, total: 112, previous: 100 })).toBe(
			'112 chats, up 12% from 100 in the previous 5 days. Busiest day: Tue, Oct 13 (38).',
		);
		expect(summarizeTrend({ ...chats, values, total: 112, previous: 224 })).toMatch(
			/^112 chats, down 50% from 224 in the previous 5 days\./,
		);
		expect(summarizeTrend({ ...chats, values, total: 112, previous: 112 })).toMatch(
			/^112 chats, the same as in the previous 5 days\./,
		);
	});

	it('compares in words that people use', () => {
		const values = [20, 38, 21, 22, 11];
		const since = (previous: number) => summarizeTrend({ ...chats, values, total: 262, previous });
		expect(since(1)).toMatch(/^262 chats, up from 1 in the previous 5 days\./);
		expect(since(100)).toMatch(/^262 chats, 2\.6 times the 100 in the previous 5 days\./);
		expect(since(131)).toMatch(/^262 chats, 2 times the 131 in the previous 5 days\./);
		expect(since(200)).toMatch(/^262 chats, up 31% from 200 in the previous 5 days\./);
	});

	it('calls values that look the same the same', () => {
		const values = [1610, 1600, 1590, 1620, 1580];
		const trend = { days, values, format: formatDuration, isLessBetter: true };
		expect(summarizeTrend({ ...trend, total: 1603, previous: 1611 })).toMatch(
			/^1\.6 s, the same as in the previous 5 days\./,
		);
	});

	it('handles a previous value of zero, or none', () => {
		const values = [20, 38, 21, 22, 11];
		expect(summarizeTrend({ ...chats, values, total: 112, previous: 0 })).toMatch(
			/^112 chats, up from none in the previous 5 days\./,
		);
		expect(summarizeTrend({ ...chats, values, total: 112, previous: null })).toMatch(
			/^112 chats in 5 days\./,
		);
		expect(summarizeTrend({ ...chats, values: [0, 1], total: 1, previous: 0 })).toMatch(
			/^1 chat, up from none/,
		);
	});

	it('mentions when there is little or no data', () => {
		const none = [0, 0, 0, 0, 0];
		expect(summarizeTrend({ ...chats, values: none, total: 0, previous: 9 })).toBe(
			'No chats in this period.',
		);
		expect(summarizeTrend({ ...chats, days: [], values: [], total: null, previous: null })).toBe(
			'No chats in this period.',
		);
		expect(summarizeTrend({ ...chats, values: [1, 0, 2, 0, 0], total: 3, previous: 2 })).toMatch(
			/Too few to draw conclusions\.$/,
		);
	});

	it('uses the lowest value as the best if less is better, and skips unknown days', () => {
		const values = [null, 1400, 900, null, 2100];
		const trend = { days, values, format: formatDuration, isLessBetter: true };
		expect(summarizeTrend({ ...trend, total: 1200, previous: 1000 })).toBe(
			'1.2 s, up 20% from 1 s in the previous 5 days. Best day: Wed, Oct 14 (900 ms).',
		);
	});
});

describe('a funnel summary', () => {
	it('names the overall share and the biggest drop', () => {
		const steps = [
			{ label: 'Widget shown', count: 200 },
			{ label: 'Engaged', count: 180 },
			{ label: 'Delivered', count: 60 },
		];
		expect(summarizeFunnel(steps)).toBe(
			'30% of widget views become delivered leads. Biggest drop: “Engaged” to “Delivered” (67%).',
		);
	});

	it('mentions when no one came or no one dropped off', () => {
		expect(summarizeFunnel([])).toBe('No visitor has reached the first step yet.');
		expect(summarizeFunnel([{ label: 'Widget shown', count: 0 }])).toBe(
			'No visitor has reached the first step yet.',
		);
		const all = [
			{ label: 'Widget shown', count: 3 },
			{ label: 'Delivered', count: 3 },
		];
		expect(summarizeFunnel(all)).toBe(
			'100% of widget views become delivered leads. No one drops off.',
		);
	});
});

it('names the largest share, and warns when there are few', () => {
	const words = { none: 'Nobody left.', verb: 'Most leave at' };
	expect(summarizeLargest([], words)).toBe('Nobody left.');
	const items = [
		{ label: 'Budget', count: 30 },
		{ label: 'Name', count: 10 },
	];
	expect(summarizeLargest(items, words)).toBe('Most leave at “Budget” (75%).');
	expect(summarizeLargest([{ label: 'Name', count: 2 }], words)).toMatch(/Too few/);
});
