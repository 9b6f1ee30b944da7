import { z } from 'zod';
import { trimmedString } from './text.ts';

/** A calendar day in the relevant time zone, `YYYY-MM-DD`. */
export const calendarDay = z.iso.date();

/** Whether `Intl` supports a time zone. */
export function isTimeZone(name: string): boolean {
	try {
		new Intl.DateTimeFormat('en', { timeZone: name });
		return true;
	} catch {
		return false;
	}
}

// Offsets such as +05:30 are refused because they have no daylight saving time.
const isNamedTimeZone = (name: string) => /^[A-Za-z]/.test(name) && isTimeZone(name);
export const timeZone = trimmedString(64).refine(
	isNamedTimeZone,
	'expected an IANA time zone such as Europe/Berlin',
);
