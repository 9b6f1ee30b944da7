import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { getQuietHoursEnd } from './queue-messages.ts';

const NIGHT = { from: '22:00', to: '07:00' };
const BERLIN = 'Europe/Berlin';
const getEnd = (hours: typeof NIGHT, zone: string, at: string) =>
	getQuietHoursEnd(hours, zone, new Date(at))?.toISOString() ?? null;

describe('quiet hours', () => {
	it('end at the next end of the night, in the given time zone', () => {
		expect(getEnd(NIGHT, BERLIN, '2026-06-10T21:30:00Z')).toBe('2026-06-11T05:00:00.000Z');
		expect(getEnd(NIGHT, BERLIN, '2026-06-10T04:59:59Z')).toBe('2026-06-10T05:00:00.000Z');
		expect(getEnd(NIGHT, 'America/New_York', '2026-06-10T02:00:00Z')).toBe(
			'2026-06-10T11:00:00.000Z',
		);
	});

	it('include their start and exclude their end', () => {
		expect(getEnd(NIGHT, 'UTC', '2026-06-10T22:00:00Z')).toBe('2026-06-11T07:00:00.000Z');
		expect(getEnd(NIGHT, 'UTC', '2026-06-10T07:00:00Z')).toBeNull();
		expect(getEnd(NIGHT, 'UTC', '2026-06-10T21:59:59Z')).toBeNull();
		expect(getQuietHoursEnd(null, 'UTC', new Date('2026-06-10T03:00:00Z'))).toBeNull();
	});

	it('can fall within one day', () => {
		const lunch = { from: '12:00', to: '13:30' };
		expect(getEnd(lunch, 'UTC', '2026-06-10T12:10:00Z')).toBe('2026-06-10T13:30:00.000Z');
		expect(getEnd(lunch, 'UTC', '2026-06-10T22:10:00Z')).toBeNull();
	});

	it('are an hour shorter in the night in which clocks are set forward', () => {
		expect(getEnd(NIGHT, BERLIN, '2026-03-28T22:00:00Z')).toBe('2026-03-29T05:00:00.000Z');
	});

	it('are an hour longer in the night in which clocks are set back', () => {
		expect(getEnd(NIGHT, BERLIN, '2026-10-24T21:00:00Z')).toBe('2026-10-25T06:00:00.000Z');
	});

	it('end at the clock change if it skips their end', () => {
		const early = { from: '22:00', to: '02:30' };
		expect(getEnd(early, BERLIN, '2026-03-29T00:10:00Z')).toBe('2026-03-29T01:00:00.000Z');
	});

	const minute = fc
		.integer({ min: 0, max: 24 * 60 - 1 })
		.map((m) => new Date(m * 60_000).toISOString().slice(11, 16));
	const zone = fc.constantFrom(
		'UTC',
		BERLIN,
		'Australia/Lord_Howe',
		'America/St_Johns',
		'Asia/Kolkata',
	);
	const at = fc.date({
		min: new Date('2026-01-01'),
		max: new Date('2028-01-01'),
		noInvalidDate: true,
	});

	it('end at their end and no earlier, and last at most 25 hours', () => {
		fc.assert(
			fc.property(minute, minute, zone, at, (from, to, zone, at) => {
				fc.pre(from !== to);
				const end = getQuietHoursEnd({ from, to }, zone, at);
				if (!end) return;
				expect(end.getTime()).toBeGreaterThan(at.getTime());
				expect(end.getTime() - at.getTime()).toBeLessThanOrEqual(25 * 3_600_000);
				expect(getQuietHoursEnd({ from, to }, zone, end)).toBeNull();
				const before = new Date(end.getTime() - 60_000);
				if (before >= at) expect(getQuietHoursEnd({ from, to }, zone, before)).toEqual(end);
			}),
		);
	});
});
