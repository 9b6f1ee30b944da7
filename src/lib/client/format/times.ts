import { createDateFormat, getBrowserTimeZone, type HourCycle } from '#lib/locale.ts';
import { toCalendarDay, countDaysBetween, formatWeekday } from './days.ts';
import { page } from '$app/state';
import { createSubscriber } from 'svelte/reactivity';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Formats a time in a list: "now" (also for future times), "4 min", "2 h", "3 d", then the date. */
export function formatRelativeTime(iso: string, now: number, zone = getTimeZone()): string {
	const then = new Date(iso);
	const ago = now - then.getTime();
	if (ago < MINUTE) return 'now';
	if (ago < HOUR) return `${Math.floor(ago / MINUTE)} min`;
	if (ago < DAY) return `${Math.floor(ago / HOUR)} h`;
	if (ago < 7 * DAY) return `${Math.floor(ago / DAY)} d`;
	return formatDate(then, new Date(now), zone);
}

/** Formats a time inside a sentence: "just now", "4 min ago", "on Nov 12". */
export function formatTimeAgo(iso: string, now: number, zone = getTimeZone()): string {
	const ago = now - Date.parse(iso);
	if (ago < MINUTE) return 'just now';
	return ago < 7 * DAY
		? `${formatRelativeTime(iso, now, zone)} ago`
		: `on ${formatRelativeTime(iso, now, zone)}`;
}

/** Formats the time left: "in 2 min"; "now" once it is up. */
export function formatTimeUntil(iso: string, now: number): string {
	const left = new Date(iso).getTime() - now;
	if (left < 1000) return 'now';
	if (left < MINUTE) return `in ${Math.ceil(left / 1000)} s`;
	if (left < HOUR) return `in ${Math.ceil(left / MINUTE)} min`;
	return `in ${Math.ceil(left / HOUR)} h`;
}

/** "1.4 s", "47 s": with tenths below ten seconds. */
export const formatShortDuration = (ms: number) =>
	ms < 10_000 ? `${(ms / 1000).toFixed(1)} s` : `${Math.round(ms / 1000)} s`;

/** "Today", "Yesterday", "Monday", then the date: headings between the days of a transcript. */
export function formatDayName(iso: string, now: number, zone = getTimeZone()): string {
	const then = new Date(iso);
	const day = toCalendarDay(then, zone);
	const days = countDaysBetween(day, toCalendarDay(new Date(now), zone));
	if (days <= 0) return 'Today';
	if (days === 1) return 'Yesterday';
	if (days < 7) return formatWeekday(day);
	return formatDate(then, new Date(now), zone);
}

/** "1:02 PM" or "13:02". */
export const formatClockTime = (iso: string, zone = getTimeZone(), cycle = getHourCycle()) =>
	getFormats(zone, cycle).clock.format(new Date(iso));

/** "Monday, November 23, 2026 at 1:02:07 PM": for tooltips and details. */
export const formatExactTime = (iso: string, zone = getTimeZone(), cycle = getHourCycle()) =>
	getFormats(zone, cycle).exact.format(new Date(iso));

/** "1 PM" or "13:00": an hour of the day, from 0 to 24. */
export const formatHour = (hour: number, cycle = getHourCycle()) => {
	const { clock, hour: short } = getFormats('UTC', cycle);
	return (cycle === 'h12' ? short : clock).format(Date.UTC(2000, 0, 1, hour));
};

/** "Nov 23, 2026". */
export const formatCalendarDate = (iso: string, zone = getTimeZone()) =>
	getFormats(zone).dayMonthYear.format(new Date(iso));

/** "1:02 PM" today, otherwise "Monday" or "Oct 12": for panels, where space is short. */
export function formatShortTime(
	iso: string,
	now: number,
	zone = getTimeZone(),
	cycle = getHourCycle(),
): string {
	const name = formatDayName(iso, now, zone);
	return name === 'Today' ? formatClockTime(iso, zone, cycle) : name;
}

/** Formats a time to follow "since": "13:02", "yesterday", "Monday" or "Oct 12". */
export const formatSince = (iso: string, now: number, zone?: string, cycle?: HourCycle) =>
	formatShortTime(iso, now, zone, cycle).replace('Yesterday', 'yesterday');

/** "1 minute", "3 hours", "2 days": at least a minute, days from 48 hours on. */
export function formatLongDuration(ms: number): string {
	if (ms < HOUR) return minutes.format(Math.max(1, Math.floor(ms / MINUTE)));
	return ms < 2 * DAY ? hours.format(Math.floor(ms / HOUR)) : days.format(Math.floor(ms / DAY));
}

const createUnitFormat = (unit: 'minute' | 'hour' | 'day') =>
	new Intl.NumberFormat('en-US', { style: 'unit', unit, unitDisplay: 'long' });
const minutes = createUnitFormat('minute');
const hours = createUnitFormat('hour');
const days = createUnitFormat('day');

/** "Oct 12", with the year unless it is the current one. */
function formatDate(then: Date, now: Date, zone: string): string {
	const { dayMonth, dayMonthYear } = getFormats(zone);
	const getYear = (day: Date) => toCalendarDay(day, zone).slice(0, 4);
	return (getYear(then) === getYear(now) ? dayMonth : dayMonthYear).format(then);
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
		createDateFormat('en-US', { ...options, timeZone });
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
export function getTimeZone(): string {
	const { time_zone } = page.data;
	return typeof time_zone === 'string' ? time_zone : 'UTC';
}

/** Returns whether times on screen use a 12-hour or 24-hour clock, as is usual for the browser's language. */
function getHourCycle(): HourCycle {
	return page.data['hour_cycle'] === 'h12' ? 'h12' : 'h23';
}

/** Stores the browser's time zone in a cookie for the server. Returns whether the cookie changed. */
export function setTimeZoneCookie(): boolean {
	const name = getBrowserTimeZone() ?? 'UTC';
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

/** Returns the current time in ms. Reactive: dependents are updated every ten seconds. */
export function now(): number {
	subscribe();
	return Date.now();
}
