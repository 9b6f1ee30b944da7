import { describe, expect, it } from 'vitest';
import { getNextAttemptAt } from '#lib/server/core/retries.ts';
import { RETRIES } from './claims.ts';

const now = new Date('2026-11-23T10:00:00.000Z');
const MIDDLE = 0.5;
const getPause = (step: number, random = MIDDLE, retryAfter?: number) => {
	const at = getNextAttemptAt(RETRIES, { step, now, retryAfterMs: retryAfter }, random);
	return at && at.getTime() - now.getTime();
};

describe('the schedule of a delivery', () => {
	it('grows from 5 seconds to 24 hours and then ends', () => {
		const seconds = RETRIES.pausesMs.map((_, step) => Number(getPause(step)) / 1000);
		expect(seconds).toEqual([5, 30, 120, 600, 1800, 7200, 18_000, 36_000, 86_400]);
		expect(getPause(RETRIES.pausesMs.length)).toBeNull();
	});

	it('varies by 20% in either direction', () => {
		expect(getPause(0, 0)).toBe(4_000);
		expect(getPause(0, 1)).toBe(6_000);
		expect(getPause(3, 0.25)).toBe(540_000);
	});

	it('waits as long as the endpoint asks, but at least its own pause and at most a day', () => {
		expect(getPause(0, MIDDLE, 90_000)).toBe(90_000);
		expect(getPause(0, MIDDLE, 1_000)).toBe(5_000);
		expect(getPause(0, MIDDLE, 30 * 86_400_000)).toBe(86_400_000);
	});

	it('ends on schedule even if the endpoint asks for more', () => {
		expect(getPause(RETRIES.pausesMs.length, MIDDLE, 60_000)).toBeNull();
	});
});
