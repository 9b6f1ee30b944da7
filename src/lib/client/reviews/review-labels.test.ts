import { expect, it } from 'vitest';
import { startOfWeek } from './review-labels.ts';

it.each([
	['2026-11-23T09:00Z', 'UTC', '2026-11-23T00:00Z'],
	['2026-11-29T23:59Z', 'UTC', '2026-11-23T00:00Z'],
	['2026-03-01T12:00Z', 'UTC', '2026-02-23T00:00Z'],
	['2026-11-22T23:30Z', 'Europe/Berlin', '2026-11-22T23:00Z'],
	['2026-11-23T07:59Z', 'America/Los_Angeles', '2026-11-16T08:00Z'],
	// Berlin's clocks change on this Sunday.
	['2026-10-25T12:00Z', 'Europe/Berlin', '2026-10-18T22:00Z'],
])('the week of %s in %s starts on %s', (now, zone, monday) => {
	expect(startOfWeek(new Date(now), zone)).toEqual(new Date(monday));
});
