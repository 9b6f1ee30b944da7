import { describe, expect, it } from 'vitest';
import { toDayTexts, toIntervals } from './hours.ts';

describe('the texts of business hours', () => {
	it('can be parsed again', () => {
		const intervals = [
			{ day: 'monday' as const, from: '09:00', to: '12:00' },
			{ day: 'monday' as const, from: '13:00', to: '17:30' },
			{ day: 'saturday' as const, from: '20:00', to: '24:00' },
		];
		const texts = toDayTexts({ time_zone: 'Europe/Berlin', intervals, closed_on: [] });
		expect(texts).toMatchObject({ monday: '09:00–12:00, 13:00–17:30', sunday: '' });
		expect(toIntervals(texts)).toEqual(intervals);
	});

	it.each([
		['9-17', '09:00', '17:00'],
		['9.30 to 17:00', '09:30', '17:00'],
		[' 08:00 — 24:00 ', '08:00', '24:00'],
		['nine to five', 'nine', 'five'],
		// Refused by the schema.
		['9-12-15', '09:00', '12–15'],
	])('reads %s as %s until %s', (monday, from, to) => {
		expect(toIntervals({ ...toDayTexts(null), monday })).toEqual([{ day: 'monday', from, to }]);
	});
});
