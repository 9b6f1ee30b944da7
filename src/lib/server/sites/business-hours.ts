import { type BusinessHours, WEEKDAYS } from '#lib/contract/calendar.ts';
import { addDays, getWallClock } from '../core/time-zone.ts';

/** Returns the day, `YYYY-MM-DD`, and the time of day, `HH:mm`, in a team's time zone. */
function toLocalTime({ time_zone }: BusinessHours, at: Date) {
	const iso = new Date(getWallClock(time_zone, at.getTime())).toISOString();
	return { day: iso.slice(0, 10), time: iso.slice(11, 16) };
}

const getWeekday = (day: string) => WEEKDAYS[(new Date(day).getUTCDay() + 6) % 7];

/** Returns whether a team is available at a time. Without hours it always is. */
export function isOpenAt(hours: BusinessHours | null, at: Date): boolean {
	if (!hours) return true;
	const { day, time } = toLocalTime(hours, at);
	return listIntervals(hours, day).some(({ from, to }) => from <= time && time < to);
}

/** Returns the day and time at which a closed team is available again; undefined if not within a year. */
export function findNextOpening(
	hours: BusinessHours,
	at: Date,
): { day: string; time: string; is_today: boolean } | undefined {
	const { day: today, time: now } = toLocalTime(hours, at);
	for (let offset = 0; offset <= 366; offset += 1) {
		const day = addDays(today, offset);
		const next = listIntervals(hours, day)
			.map(({ from }) => from)
			.filter((from) => offset > 0 || from > now)
			.sort()[0];
		if (next !== undefined) return { day, time: next, is_today: offset === 0 };
	}
	return undefined;
}

const listIntervals = ({ intervals, closed_on }: BusinessHours, day: string) =>
	closed_on.includes(day) ? [] : intervals.filter((interval) => interval.day === getWeekday(day));
