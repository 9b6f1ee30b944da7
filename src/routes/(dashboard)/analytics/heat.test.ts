import { describe, expect, it } from 'vitest';
import { getColorStep, summarizeHeat } from './heat.ts';

describe('the heat map', () => {
	it('has five color steps, the lowest only for zero', () => {
		expect([0, 1, 25, 50, 75, 100].map((count) => getColorStep(count, 100))).toEqual([
			0, 1, 1, 2, 3, 4,
		]);
		expect(getColorStep(0, 0)).toBe(0);
	});
	it('names its busiest hour', () => {
		const counts = Array.from({ length: 7 }, () => Array.from({ length: 24 }, () => 0));
		expect(summarizeHeat(counts, 'chats', 'h23')).toBe('No chats in this period.');
		counts[6]?.splice(23, 1, 4);
		expect(summarizeHeat(counts, 'chats', 'h23')).toBe('Busiest: Sunday, 23:00–00:00 (4 chats).');
	});
});
