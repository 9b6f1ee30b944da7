import { z } from 'zod';
import { calendarDay, timeZone } from './time-zone.ts';

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
		/** Days on which nobody is there. */
		closed_on: z.array(calendarDay).max(200).default([]),
	})
	.meta({ id: 'BusinessHours' });
export type BusinessHours = z.infer<typeof businessHours>;

/** The day, `YYYY-MM-DD`, weekday and time of day, `HH:mm`, in a time zone. */
function localTime(at: Date, timeZone: string) {
	const format = new Intl.DateTimeFormat('en-CA', {
		timeZone,
		year: 'numeric',
		month: '2-digit',
		day: '2-digit',
		hour: '2-digit',
		minute: '2-digit',
		hourCycle: 'h23',
	});
	const parts = Object.fromEntries(
		format.formatToParts(at).map(({ type, value }) => [type, value]),
	);
	const day = `${parts['year']}-${parts['month']}-${parts['day']}`;
	return { day, time: `${parts['hour']}:${parts['minute']}` };
}

const DAY_MS = 86_400_000;
const weekdayOf = (day: string) => WEEKDAYS[(new Date(day).getUTCDay() + 6) % 7];

/** Returns whether a team is available at a time. Without hours it always is. */
export function isOpenAt(hours: BusinessHours | null, at: Date): boolean {
	if (!hours) return true;
	const { day, time } = localTime(at, hours.time_zone);
	return intervalsOn(hours, day).some(({ from, to }) => from <= time && time < to);
}

/** Returns the day and time at which a closed team is available again; undefined if not within a year. */
export function nextOpening(
	hours: BusinessHours,
	at: Date,
): { day: string; time: string; is_today: boolean } | undefined {
	const { day: today, time: now } = localTime(at, hours.time_zone);
	for (let offset = 0; offset <= 366; offset += 1) {
		const day = new Date(new Date(today).getTime() + offset * DAY_MS).toISOString().slice(0, 10);
		const next = intervalsOn(hours, day)
			.map(({ from }) => from)
			.filter((from) => offset > 0 || from > now)
			.sort()[0];
		if (next !== undefined) return { day, time: next, is_today: offset === 0 };
	}
	return undefined;
}

const intervalsOn = ({ intervals, closed_on }: BusinessHours, day: string) =>
	closed_on.includes(day) ? [] : intervals.filter((interval) => interval.day === weekdayOf(day));
