import { describe, expect, it } from 'vitest';
import {
	formatCalendarDate,
	formatClockTime,
	formatDayName,
	formatExactTime,
	formatHour,
	formatRelativeTime,
	formatShortTime,
	formatSince,
	formatTimeUntil,
} from './times.ts';

const noon = Date.UTC(2026, 10, 23, 12);
const ago = (ms: number) => new Date(noon - ms).toISOString();
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

it.each([
	[0, 'now'],
	[59_999, 'now'],
	[-5 * MINUTE, 'now'],
	[MINUTE, '1 min'],
	[59 * MINUTE, '59 min'],
	[HOUR, '1 h'],
	[23 * HOUR, '23 h'],
	[24 * HOUR, '1 d'],
	[6 * 24 * HOUR, '6 d'],
	[30 * 24 * HOUR, 'Oct 24'],
	[400 * 24 * HOUR, 'Oct 19, 2025'],
])('a time %i ms ago reads %s', (ms, words) => {
	expect(formatRelativeTime(ago(ms), noon, 'UTC')).toBe(words);
});

it.each([
	[HOUR, 'Today'],
	[13 * HOUR, 'Yesterday'],
	[2 * 24 * HOUR, 'Saturday'],
	[8 * 24 * HOUR, 'Nov 15'],
	[-HOUR, 'Today'],
])('the day %i ms ago is called %s', (ms, words) => {
	expect(formatDayName(ago(ms), noon, 'UTC')).toBe(words);
});

it.each([
	[-1, 'now'],
	[30_000, 'in 30 s'],
	[90_000, 'in 2 min'],
	[5 * HOUR, 'in 5 h'],
])('a time in %i ms reads %s', (ms, words) => {
	expect(formatTimeUntil(ago(-ms), noon)).toBe(words);
});

describe('the user’s time zone', () => {
	const at = '2026-11-22T23:30:00Z';

	it('determines the clock time and the day', () => {
		expect(formatClockTime(at, 'Europe/Berlin', 'h23')).toBe('00:30');
		expect(formatClockTime(at, 'America/Los_Angeles', 'h23')).toBe('15:30');
		expect(formatDayName(at, noon, 'Europe/Berlin')).toBe('Today');
		expect(formatDayName(at, noon, 'America/Los_Angeles')).toBe('Yesterday');
		expect(formatShortTime(at, noon, 'Europe/Berlin', 'h23')).toBe('00:30');
		expect(formatShortTime(at, noon, 'America/Los_Angeles', 'h23')).toBe('Yesterday');
		expect(formatSince(at, noon, 'Europe/Berlin', 'h23')).toBe('00:30');
		expect(formatSince(at, noon, 'America/Los_Angeles', 'h23')).toBe('yesterday');
		expect(formatCalendarDate(at, 'Asia/Tokyo')).toBe('Nov 23, 2026');
		expect(formatExactTime(at, 'Asia/Tokyo', 'h23')).toBe('Monday, November 23, 2026 at 08:30:00');
	});

	it('uses a 12-hour clock where that is usual', () => {
		expect(formatClockTime(at, 'Europe/Berlin', 'h12')).toBe('12:30 AM');
		expect(formatClockTime(at, 'America/Los_Angeles', 'h12')).toBe('3:30 PM');
		expect(formatExactTime(at, 'Asia/Tokyo', 'h12')).toBe(
			'Monday, November 23, 2026 at 8:30:00 AM',
		);
		expect([0, 13, 24].map((hour) => formatHour(hour, 'h12'))).toEqual(['12 AM', '1 PM', '12 AM']);
		expect([0, 13, 24].map((hour) => formatHour(hour, 'h23'))).toEqual(['00:00', '13:00', '00:00']);
	});

	it('determines the year', () => {
		const midnight = Date.parse('2026-12-31T23:30:00Z');
		const lastYear = '2026-01-15T12:00:00Z';
		expect(formatRelativeTime(lastYear, midnight, 'UTC')).toBe('Jan 15');
		expect(formatRelativeTime(lastYear, midnight, 'Europe/Berlin')).toBe('Jan 15, 2026');
	});
});
