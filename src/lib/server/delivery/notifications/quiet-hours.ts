import type { QuietHours } from '#lib/contract/notification.ts';
import { clockOf } from '#lib/server/core/time-zone.ts';

const MINUTE_MS = 60_000;
const DAY_MINUTES = 24 * 60;

const toMinutes = (time: string) => Number(time.slice(0, 2)) * 60 + Number(time.slice(3, 5));

/** Returns the minute of the day that clocks in a time zone show. */
const minuteOfDay = (timeZone: string, ms: number) =>
	Math.floor(clockOf(timeZone, ms) / MINUTE_MS) % DAY_MINUTES;

/**
 * Returns when the quiet hours end that a time falls in, to the minute; null outside them. Clock changes move the end with
 * the clocks, and an end that a change skips is the moment of the change.
 */
export function quietUntil(hours: QuietHours | null, timeZone: string, at: Date): Date | null {
	if (!hours) return null;
	const [from, to] = [toMinutes(hours.from), toMinutes(hours.to)];
	const isQuiet = (ms: number) => {
		const minute = minuteOfDay(timeZone, ms);
		return from < to ? minute >= from && minute < to : minute >= from || minute < to;
	};
	let quiet = Math.floor(at.getTime() / MINUTE_MS) * MINUTE_MS;
	if (!isQuiet(quiet)) return null;
	const minutesLeft = (ms: number) =>
		(to - minuteOfDay(timeZone, ms) + DAY_MINUTES) % DAY_MINUTES || DAY_MINUTES;
	let over = quiet;
	// A clock that was set back in the meantime shows an earlier time, which is still quiet.
	while (isQuiet(over)) {
		quiet = over;
		over += minutesLeft(over) * MINUTE_MS;
	}
	// A clock that was set forward in the meantime passed the end earlier.
	while (over - quiet > MINUTE_MS) {
		const middle = quiet + Math.floor((over - quiet) / 2 / MINUTE_MS) * MINUTE_MS;
		if (isQuiet(middle)) quiet = middle;
		else over = middle;
	}
	return new Date(over);
}
