import { dateFormat, browserTimeZone, type HourCycle } from '#lib/locale.ts';
import { toCalendarDay, daysBetween, formatWeekday } from './days.ts';
import { page } from '$app/state';
import { createSubscriber } from 'svelte/reactivity';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Formats a time in a list: "now" (also for times ahead of this clock), "4 min", "2 h", "3 d", then the date. */
export function relativeTime(iso: string, now: number, zone = timeZone()): string {
	const then = new Date(iso);
	const ago = now - then.getTime();
	if (ago < MINUTE) return 'now';
	if (ago < HOUR) return `${Math.floor(ago / MINUTE)} min`;
	if (ago < DAY) return `${Math.floor(ago / HOUR)} h`;
	if (ago < 7 * DAY) return `${Math.floor(ago / DAY)} d`;
	return date(then, new Date(now), zone);
}

/** Formats the same inside a sentence: "just now", "4 min ago", "on Nov 12". */
export function timeAgo(iso: string, now: number, zone = timeZone()): string {
	const ago = now - Date.parse(iso);
	if (ago < MINUTE) return 'just now';
	return ago < 7 * DAY
		? `${relativeTime(iso, now, zone)} ago`
		: `on ${relativeTime(iso, now, zone)}`;
}

/** Formats the time left: "in 2 min"; "now" once it is up. */
export function timeUntil(iso: string, now: number): string {
	const left = new Date(iso).getTime() - now;
	if (left < 1000) return 'now';
	if (left < MINUTE) return `in ${Math.ceil(left / 1000)} s`;
	if (left < HOUR) return `in ${Math.ceil(left / MINUTE)} min`;
	return `in ${Math.ceil(left / HOUR)} h`;
}

/** "1.4 s", "47 s": with tenths below ten seconds. */
export const shortDuration = (ms: number) =>
	ms < 10_000 ? `${(ms / 1000).toFixed(1)} s` : `${Math.round(ms / 1000)} s`;

/** "Today", "Yesterday", "Monday", then the date: headings between the days of a transcript. */
export function dayName(iso: string, now: number, zone = timeZone()): string {
	const then = new Date(iso);
	const day = toCalendarDay(then, zone);
	const days = daysBetween(day, toCalendarDay(new Date(now), zone));
	if (days <= 0) return 'Today';
	if (days === 1) return 'Yesterday';
	if (days < 7) return formatWeekday(day);
	return date(then, new Date(now), zone);
}

/** "1:02 PM" or "13:02". */
export const clockTime = (iso: string, zone = timeZone(), cycle = hourCycle()) =>
	getFormats(zone, cycle).clock.format(new Date(iso));

/** "Monday, November 23, 2026 at 1:02:07 PM": for tooltips and details. */
export const exactTime = (iso: string, zone = timeZone(), cycle = hourCycle()) =>
	getFormats(zone, cycle).exact.format(new Date(iso));

/** "1 PM" or "13:00": an hour of the day, from 0 to 24. */
export const hourTime = (hour: number, cycle = hourCycle()) => {
	const { clock, hour: short } = getFormats('UTC', cycle);
	return (cycle === 'h12' ? short : clock).format(Date.UTC(2000, 0, 1, hour));
};

/** "Nov 23, 2026". */
export const calendarDate = (iso: string, zone = timeZone()) =>
	getFormats(zone).dayMonthYear.format(new Date(iso));

/** "1:02 PM" today, otherwise "Monday" or "Oct 12": for panels, where space is short. */
export function shortTime(
	iso: string,
	now: number,
	zone = timeZone(),
	cycle = hourCycle(),
): string {
	const name = dayName(iso, now, zone);
	return name === 'Today' ? clockTime(iso, zone, cycle) : name;
}

/** "1 minute", "3 hours", "2 days": at least a minute, days from 48 hours on. */
export function longDuration(ms: number): string {
	if (ms < HOUR) return unit(Math.max(1, Math.floor(ms / MINUTE)), 'minute');
	return ms < 2 * DAY ? unit(Math.floor(ms / HOUR), 'hour') : unit(Math.floor(ms / DAY), 'day');
}

const unit = (count: number, name: 'minute' | 'hour' | 'day') =>
	new Intl.NumberFormat('en-US', { style: 'unit', unit: name, unitDisplay: 'long' }).format(count);

/** "Oct 12", with the year unless it is the current one. */
function date(then: Date, now: Date, zone: string): string {
	const { dayMonth, dayMonthYear } = getFormats(zone);
	const year = (day: Date) => toCalendarDay(day, zone).slice(0, 4);
	return (year(then) === year(now) ? dayMonth : dayMonthYear).format(then);
}

const cachedFormats = new Map<string, ReturnType<typeof createFormats>>();

// Creating a format takes a hundred times as long as using it.
function getFormats(zone: string, cycle: HourCycle = 'h23') {
	const formats = cachedFormats.get(zone + cycle) ?? createFormats(zone, cycle);
	cachedFormats.set(zone + cycle, formats);
	return formats;
}

function createFormats(timeZone: string, hourCycle: HourCycle) {
	const format = (options: Intl.DateTimeFormatOptions) =>
		dateFormat('en-US', { ...options, timeZone });
	const hour = hourCycle === 'h12' ? 'numeric' : '2-digit';
	return {
		hour: format({ hour, hourCycle }),
		clock: format({ hour, minute: '2-digit', hourCycle }),
		dayMonth: format({ day: 'numeric', month: 'short' }),
		dayMonthYear: format({ dateStyle: 'medium' }),
		exact: format({ dateStyle: 'full', timeStyle: 'medium', hourCycle }),
	};
}

const YEAR_S = 365 * 24 * 60 * 60;

/** Returns the time zone of everything on screen: the one in the user's profile, else the browser's. */
export function timeZone(): string {
	const { time_zone } = page.data;
	return typeof time_zone === 'string' ? time_zone : 'UTC';
}

/** Returns how everything on screen tells the time of day: as is usual where the browser's language is spoken. */
function hourCycle(): HourCycle {
	return page.data['hour_cycle'] === 'h12' ? 'h12' : 'h23';
}

/** Sets the cookie that tells the server the browser's time zone; true when it was not set to that before. */
export function tellTimeZone(): boolean {
	const name = browserTimeZone() ?? 'UTC';
	const cookie = `time_zone=${encodeURIComponent(name)}`;
	if (document.cookie.split('; ').includes(cookie)) return false;
	document.cookie = `${cookie}; path=/; max-age=${YEAR_S}; samesite=lax`;
	return true;
}

const TICK_MS = 10_000;

const subscribe = createSubscriber((update) => {
	const timer = setInterval(update, TICK_MS);
	return () => clearInterval(timer);
});

/** Returns the current time in ms; whatever reads it is computed again every ten seconds. */
export function now(): number {
	subscribe();
	return Date.now();
}
