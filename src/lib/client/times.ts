const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const time = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });
const dayMonth = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' });
const dayMonthYear = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium' });
const weekday = new Intl.DateTimeFormat('en-GB', { weekday: 'long' });
const exact = new Intl.DateTimeFormat('en-GB', { dateStyle: 'full', timeStyle: 'medium' });

/** For lists: "now", "4 min", "2 h", "3 d", then the date. A clock that runs behind shows "now". */
export function relativeTime(iso: string, now: number): string {
	const then = new Date(iso);
	const ago = now - then.getTime();
	if (ago < MINUTE) return 'now';
	if (ago < HOUR) return `${Math.floor(ago / MINUTE)} min`;
	if (ago < DAY) return `${Math.floor(ago / HOUR)} h`;
	if (ago < 7 * DAY) return `${Math.floor(ago / DAY)} d`;
	return isSameYear(then, new Date(now)) ? dayMonth.format(then) : dayMonthYear.format(then);
}

/** How long until then, in words: "in 2 min"; "now" when it has come. */
export function timeUntil(iso: string, now: number): string {
	const left = new Date(iso).getTime() - now;
	if (left < 1000) return 'now';
	if (left < MINUTE) return `in ${Math.ceil(left / 1000)} s`;
	if (left < HOUR) return `in ${Math.ceil(left / MINUTE)} min`;
	return `in ${Math.ceil(left / HOUR)} h`;
}

/** "1.4 s", "47 s": tenths while they matter. */
export const shortDuration = (ms: number) =>
	ms < 10_000 ? `${(ms / 1000).toFixed(1)} s` : `${Math.round(ms / 1000)} s`;

/** "Today", "Yesterday", "Monday", then the date: what separates the days of a transcript. */
export function dayName(iso: string, now: number): string {
	const then = new Date(iso);
	const days = Math.round((startOfDay(new Date(now)) - startOfDay(then)) / DAY);
	if (days <= 0) return 'Today';
	if (days === 1) return 'Yesterday';
	if (days < 7) return weekday.format(then);
	return isSameYear(then, new Date(now)) ? dayMonth.format(then) : dayMonthYear.format(then);
}

/** The same for two times of one local day. */
export const dayKey = (iso: string) => startOfDay(new Date(iso));

export const clockTime = (iso: string) => time.format(new Date(iso));
export const exactTime = (iso: string) => exact.format(new Date(iso));

/** "10:02" today, else "Mon 10:02" or "12 Oct": for panels, where the day matters and room is short. */
export function shortTime(iso: string, now: number): string {
	const name = dayName(iso, now);
	return name === 'Today' ? clockTime(iso) : name;
}

const startOfDay = (date: Date) =>
	new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
const isSameYear = (a: Date, b: Date) => a.getFullYear() === b.getFullYear();
