import { z } from 'zod';
import { trimmedString } from './text.ts';

/** A calendar day in the relevant time zone, `YYYY-MM-DD`. */
export const calendarDay = z.iso.date();

/** Returns whether `Intl` supports a time zone. */
export function isTimeZone(name: string): boolean {
	try {
		new Intl.DateTimeFormat('en', { timeZone: name });
		return true;
	} catch {
		return false;
	}
}

// Offsets such as +05:30 are rejected because they have no daylight saving time.
const isNamedTimeZone = (name: string) => /^[A-Za-z]/.test(name) && isTimeZone(name);
export const timeZone = trimmedString(64).refine(
	isNamedTimeZone,
	'expected an IANA time zone such as Europe/Berlin',
);

export const WEEKDAYS = [
	'monday',
	'tuesday',
	'wednesday',
	'thursday',
	'friday',
	'saturday',
	'sunday',
] as const;
export type Weekday = (typeof WEEKDAYS)[number];

/** A time of day, `HH:mm`; `24:00` is the end of the day. */
const timeOfDay = z
	.string()
	.regex(/^(?:(?:[01]\d|2[0-3]):[0-5]\d|24:00)$/, 'enter a time like 09:00');

const interval = z
	.strictObject({ day: z.enum(WEEKDAYS), from: timeOfDay, to: timeOfDay })
	.refine(({ from, to }) => from < to, {
		path: ['to'],
		message: 'must be later; for a night, add the next day from 00:00',
	});

/** When a team is available, as times of day in its time zone. */
export const businessHours = z
	.strictObject({
		time_zone: timeZone,
		intervals: z.array(interval).min(1, 'add at least one day').max(50),
		/** Days without business hours. */
		closed_on: z.array(calendarDay).max(200).default([]),
	})
	.meta({ id: 'BusinessHours' });
export type BusinessHours = z.infer<typeof businessHours>;
