import { describe, expect, it } from 'vitest';
import { businessHours, type BusinessHours } from '#lib/contract/calendar.ts';
import { isOpenAt, findNextOpening } from './business-hours.ts';

const berlin: BusinessHours = {
	time_zone: 'Europe/Berlin',
	intervals: [
		{ day: 'monday', from: '09:00', to: '12:00' },
		{ day: 'monday', from: '13:00', to: '17:00' },
		{ day: 'friday', from: '20:00', to: '24:00' },
		{ day: 'saturday', from: '00:00', to: '02:00' },
	],
	closed_on: ['2026-12-07'],
};
const at = (iso: string) => new Date(iso);

describe('business hours', () => {
	it.each([
		// Berlin is at UTC+1 in winter, and at UTC+2 in summer.
		['2026-11-30T07:59:59Z', false],
		['2026-11-30T08:00:00Z', true],
		['2026-11-30T11:00:00Z', false],
		['2026-11-30T12:00:00Z', true],
		['2026-11-30T16:00:00Z', false],
		['2026-07-06T07:00:00Z', true],
		['2026-07-06T15:00:00Z', false],
		// Through the night of Friday.
		['2026-12-04T22:59:59Z', true],
		['2026-12-04T23:00:00Z', true],
		['2026-12-05T01:00:00Z', false],
		// A closed day.
		['2026-12-07T09:00:00Z', false],
	])('at %s are open: %s', (time, isOpen) => {
		expect(isOpenAt(berlin, at(time))).toBe(isOpen);
	});

	it('are always open when none are set', () => {
		expect(isOpenAt(null, at('2026-11-29T03:00:00Z'))).toBe(true);
	});

	it.each([
		['2026-11-30T07:00:00Z', { day: '2026-11-30', time: '09:00', is_today: true }],
		['2026-11-30T11:30:00Z', { day: '2026-11-30', time: '13:00', is_today: true }],
		['2026-11-30T18:00:00Z', { day: '2026-12-04', time: '20:00', is_today: false }],
		// Skips the closed Monday.
		['2026-12-05T10:00:00Z', { day: '2026-12-11', time: '20:00', is_today: false }],
	])('after %s open next as expected', (time, next) => {
		expect(findNextOpening(berlin, at(time))).toEqual(next);
	});

	it.each([
		[{ day: 'monday', from: '17:00', to: '09:00' }],
		[{ day: 'monday', from: '9:00', to: '17:00' }],
		[{ day: 'monday', from: '09:00', to: '24:01' }],
	])('reject %o', (interval) => {
		expect(businessHours.safeParse({ ...berlin, intervals: [interval] }).success).toBe(false);
	});
});
