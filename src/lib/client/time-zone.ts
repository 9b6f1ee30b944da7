import { browserTimeZone } from '#lib/locale.ts';
import { page } from '$app/state';

const YEAR_S = 365 * 24 * 60 * 60;

/** Whose clocks the screen shows: those of the person's profile, else of their browser. The layout's data names it. */
export function timeZone(): string {
	const { time_zone } = page.data;
	return typeof time_zone === 'string' ? time_zone : 'UTC';
}

/** Tells the server, by a cookie, where this person is; true when it did not know. */
export function tellTimeZone(): boolean {
	const name = browserTimeZone() ?? 'UTC';
	const cookie = `time_zone=${encodeURIComponent(name)}`;
	if (document.cookie.split('; ').includes(cookie)) return false;
	document.cookie = `${cookie}; path=/; max-age=${YEAR_S}; samesite=lax`;
	return true;
}
