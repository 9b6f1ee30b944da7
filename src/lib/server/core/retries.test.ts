import { describe, expect, it } from 'vitest';
import { parseRetryAfter } from './retries.ts';

const now = new Date('2026-11-23T10:00:00.000Z');

describe('Retry-After', () => {
	it.each([
		['120', 120_000],
		[' 7 ', 7_000],
		['0', 0],
		['Mon, 23 Nov 2026 10:01:00 GMT', 60_000],
		['Mon, 23 Nov 2026 09:00:00 GMT', 0],
		['soon', undefined],
		['-5', undefined],
		// https://github.com/teng-lin/notebooklm-py/issues/1275
		['1.5', 1_500],
		// https://github.com/earendil-works/pi/issues/9571
		['Mon, 99 Nov 2026', undefined],
		['1e3', undefined],
		['', undefined],
		[null, undefined],
	])('%j is %s ms', (value, expected) => {
		expect(parseRetryAfter(value, now)).toBe(expected);
	});
});
