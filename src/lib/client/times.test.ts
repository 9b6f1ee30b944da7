import { expect, test } from 'vitest';
import { dayName, relativeTime, timeUntil } from './times';

const noon = new Date(2026, 10, 23, 12, 0, 0).getTime();
const ago = (ms: number) => new Date(noon - ms).toISOString();
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

test.each([
	[0, 'now'],
	[59_999, 'now'],
	[-5 * MINUTE, 'now'],
	[MINUTE, '1 min'],
	[59 * MINUTE, '59 min'],
	[HOUR, '1 h'],
	[23 * HOUR, '23 h'],
	[24 * HOUR, '1 d'],
	[6 * 24 * HOUR, '6 d'],
	[30 * 24 * HOUR, '24 Oct'],
	[400 * 24 * HOUR, '19 Oct 2025'],
])('a time %i ms ago reads %s', (ms, words) => {
	expect(relativeTime(ago(ms), noon)).toBe(words);
});

test.each([
	[HOUR, 'Today'],
	[13 * HOUR, 'Yesterday'],
	[2 * 24 * HOUR, 'Saturday'],
	[8 * 24 * HOUR, '15 Nov'],
	[-HOUR, 'Today'],
])('a day %i ms ago is called %s', (ms, words) => {
	expect(dayName(ago(ms), noon)).toBe(words);
});

test.each([
	[-1, 'now'],
	[30_000, 'in 30 s'],
	[90_000, 'in 2 min'],
	[5 * HOUR, 'in 5 h'],
])('what comes in %i ms comes %s', (ms, words) => {
	expect(timeUntil(ago(-ms), noon)).toBe(words);
});
