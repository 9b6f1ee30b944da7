import { describe, expect, it } from 'vitest';
import {
	toCalendarDay,
	countDaysBetween,
	isDay,
	formatLongDay,
	addDays,
	formatShortDay,
	startOfDay,
} from './days.ts';

describe('toCalendarDay', () => {
	it('returns the day in the user’s time zone, not the server’s', () => {
		const instant = new Date('2026-11-22T23:30:00Z');
		expect(toCalendarDay(instant, 'UTC')).toBe('2026-11-22');
		expect(toCalendarDay(instant, 'Europe/Berlin')).toBe('2026-11-23');
		expect(toCalendarDay(instant, 'America/Los_Angeles')).toBe('2026-11-22');
		expect(toCalendarDay(instant, 'Pacific/Kiritimati')).toBe('2026-11-23');
	});

	it('accounts for daylight saving time changes', () => {
		// Clocks in Berlin change on October 25, 2026: midnight is 22:00 UTC before, and 23:00 UTC after.
		expect(toCalendarDay(new Date('2026-10-24T22:00:00Z'), 'Europe/Berlin')).toBe('2026-10-25');
		expect(toCalendarDay(new Date('2026-10-25T22:59:59Z'), 'Europe/Berlin')).toBe('2026-10-25');
		expect(toCalendarDay(new Date('2026-10-25T23:00:00Z'), 'Europe/Berlin')).toBe('2026-10-26');
	});
});

describe('startOfDay', () => {
	it.each([
		['2026-11-23', 'UTC', '2026-11-23T00:00Z'],
		['2026-11-23', 'Europe/Berlin', '2026-11-22T23:00Z'],
		['2026-10-25', 'Europe/Berlin', '2026-10-24T22:00Z'],
		['2026-10-26', 'Europe/Berlin', '2026-10-25T23:00Z'],
		['2026-11-23', 'America/Los_Angeles', '2026-11-23T08:00Z'],
		['2026-11-23', 'Asia/Kathmandu', '2026-11-22T18:15Z'],
		['2026-11-23', 'Pacific/Kiritimati', '2026-11-22T10:00Z'],
	])('%s begins in %s at %s', (day, zone, start) => {
		expect(startOfDay(day, zone)).toEqual(new Date(start));
	});

	it('is the first instant of the day where clocks skip midnight', () => {
		const start = startOfDay('2026-04-24', 'Africa/Cairo');
		expect(start).toEqual(new Date('2026-04-23T22:00Z'));
		expect(toCalendarDay(start, 'Africa/Cairo')).toBe('2026-04-24');
		expect(toCalendarDay(new Date(start.getTime() - 1), 'Africa/Cairo')).toBe('2026-04-23');
	});
});

describe('calendar days', () => {
	it('are counted correctly across daylight saving time changes', () => {
		expect(addDays('2026-03-28', 1)).toBe('2026-03-29');
		expect(addDays('2026-03-29', 1)).toBe('2026-03-30');
		expect(addDays('2026-10-25', 1)).toBe('2026-10-26');
		expect(addDays('2026-01-01', -1)).toBe('2025-12-31');
		expect(addDays('2028-02-28', 1)).toBe('2028-02-29');
		expect(countDaysBetween('2026-03-01', '2026-04-01')).toBe(31);
		expect(countDaysBetween('2026-10-01', '2026-11-01')).toBe(31);
	});

	it('must exist', () => {
		expect(isDay('2028-02-29')).toBe(true);
		for (const text of ['2026-02-29', '2026-02-30', '2026-13-01', '26-1-1', '0000-01-01', 'x']) {
			expect(isDay(text)).toBe(false);
		}
	});

	it('are formatted for display', () => {
		expect(formatShortDay('2026-11-23')).toBe('Nov 23');
		expect(formatLongDay('2026-11-23')).toBe('Monday, November 23, 2026');
	});
});
