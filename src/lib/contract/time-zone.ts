import { z } from 'zod';
import { trimmedString } from './text.ts';

/** A calendar day of the time zone in question, `YYYY-MM-DD`. */
export const calendarDay = z.iso.date();

const knownTimeZone = (name: string) => {
	// Offsets such as +05:30 are no names: nothing is known of their daylight saving.
	if (!/^[A-Za-z]/.test(name)) return false;
	try {
		new Intl.DateTimeFormat('en', { timeZone: name });
		return true;
	} catch {
		return false;
	}
};
export const timeZone = trimmedString(64).refine(
	knownTimeZone,
	'not a time zone; an IANA name such as Europe/Berlin is expected',
);
