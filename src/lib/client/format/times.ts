import { dateFormat, browserTimeZone } from '#lib/locale.ts';
import { dayOf, daysBetween, weekdayOf } from './days.ts';
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
	const day = dayOf(then, zone);
	const days = daysBetween(day, dayOf(new Date(now), zone));
	if (days <= 0) return 'Today';
	if (days === 1) return 'Yesterday';
	if (days < 7) return weekdayOf(day);
	return date(then, new Date(now), zone);
}

export const clockTime = (iso: string, zone = timeZone()) =>
	formatsOf(zone).clock.format(new Date(iso));

/** "Monday, November 23, 2026 at 10:02:07": for tooltips and details. */
export const exactTime = (iso: string, zone = timeZone()) =>
	formatsOf(zone).exact.format(new Date(iso));

/** "Nov 23, 2026". */
export const calendarDate = (iso: string, zone = timeZone()) =>
	formatsOf(zone).dayMonthYear.format(new Date(iso));

/** "10:02" today, otherwise "Monday" or "Oct 12": for panels, where space is short. */
export function shortTime(iso: string, now: number, zone = timeZone()): string {
	const name = dayName(iso, now, zone);
	return name === 'Today' ? clockTime(iso, zone) : name;
}

/** "Oct 12", with the year unless it is the current one. */
function date(then: Date, now: Date, zone: string): string {
	const { dayMonth, dayMonthYear } = formatsOf(zone);
	const year = (day: Date) => dayOf(day, zone).slice(0, 4);
	return (year(then) === year(now) ? dayMonth : dayMonthYear).format(then);
}

const made = new Map<string, ReturnType<typeof makeFormats>>();

// Creating a format takes a hundred times as long as using it.
function formatsOf(zone: string) {
	const formats = made.get(zone) ?? makeFormats(zone);
	made.set(zone, formats);
	return formats;
}

function makeFormats(timeZone: string) {
	const format = (options: Intl.DateTimeFormatOptions) =>
		dateFormat('en-US', { ...options, timeZone });
	return {
		clock: format({ hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }),
		dayMonth: format({ day: 'numeric', month: 'short' }),
		dayMonthYear: format({ dateStyle: 'medium' }),
		exact: format({ dateStyle: 'full', timeStyle: 'medium', hourCycle: 'h23' }),
	};
}

const YEAR_S = 365 * 24 * 60 * 60;

/** Returns the time zone of everything on screen: the one in the user's profile, else the browser's. */
export function timeZone(): string {
	const { time_zone } = page.data;
	return typeof time_zone === 'string' ? time_zone : 'UTC';
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
