import { createDateFormat } from '#lib/locale.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** Larger than any time zone's offset from UTC. */
const MAX_UTC_OFFSET_MS = 15 * HOUR_MS;
const DAY = /^(?:20|21)\d\d-\d\d-\d\d$/;

const dayMonth = createDateFormat('en-US', {
	day: 'numeric',
	month: 'short',
	timeZone: 'UTC',
});
const longDate = createDateFormat('en-US', {
	weekday: 'long',
	day: 'numeric',
	month: 'long',
	year: 'numeric',
	timeZone: 'UTC',
});
const weekday = createDateFormat('en-US', { weekday: 'long', timeZone: 'UTC' });
const weekdayDate = createDateFormat('en-US', {
	weekday: 'short',
	day: 'numeric',
	month: 'short',
	timeZone: 'UTC',
});

// Calendar days are computed in UTC, where every day has 24 hours: daylight saving time cannot shift them.
const toNoon = (day: string) => new Date(`${day}T12:00:00Z`);

/** Returns whether the text is a calendar day such as `2026-11-23`. */
export function isDay(text: string): boolean {
	if (!DAY.test(text)) return false;
	const date = toNoon(text);
	return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);
}

/** Returns the calendar day of a moment in a time zone. */
export function toCalendarDay(moment: Date, timeZone: string): string {
	const parts = getDayFormat(timeZone).formatToParts(moment);
	const getPart = (type: string) => parts.find((candidate) => candidate.type === type)?.value ?? '';
	return `${getPart('year')}-${getPart('month')}-${getPart('day')}`;
}

const formats = new Map<string, ReturnType<typeof createDateFormat>>();

function getDayFormat(timeZone: string) {
	const format =
		formats.get(timeZone) ??
		createDateFormat('en-US', {
			timeZone,
			year: 'numeric',
			month: '2-digit',
			day: '2-digit',
		});
	formats.set(timeZone, format);
	return format;
}

/** Returns the start of a calendar day in a time zone: midnight, or the clock change if that skips midnight. */
export function startOfDay(day: string, timeZone: string): Date {
	const midnight = Date.parse(day);
	let [before, after] = [midnight - MAX_UTC_OFFSET_MS, midnight + MAX_UTC_OFFSET_MS];
	while (after - before > MINUTE_MS) {
		const middle = before + MINUTE_MS * Math.floor((after - before) / MINUTE_MS / 2);
		if (toCalendarDay(new Date(middle), timeZone) < day) before = middle;
		else after = middle;
	}
	return new Date(after);
}

export const addDays = (day: string, count: number): string =>
	new Date(toNoon(day).getTime() + count * DAY_MS).toISOString().slice(0, 10);

/** Counts the days from `from` to `to`. */
export const countDaysBetween = (from: string, to: string): number =>
	Math.round((toNoon(to).getTime() - toNoon(from).getTime()) / DAY_MS);

/** "Nov 23" */
export const formatShortDay = (day: string) => dayMonth.format(toNoon(day));
export const formatLongDay = (day: string) => longDate.format(toNoon(day));
export const formatWeekdayAndDate = (day: string) => weekdayDate.format(toNoon(day));
export const formatWeekday = (day: string) => weekday.format(toNoon(day));
