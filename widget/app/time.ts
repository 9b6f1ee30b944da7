import { listBrowserLocales, createDateFormat } from '#lib/locale.ts';
import { language, texts } from './boot.ts';

// Uses the visitor's regional format (such as 12- or 24-hour time) if the frame's language is one of the browser's.
const locale =
	listBrowserLocales().find((candidate) => candidate.split('-')[0] === language) ?? language;
const timeFormat = createDateFormat(locale, { timeStyle: 'short' });
const dateTimeFormat = createDateFormat(locale, { dateStyle: 'medium', timeStyle: 'short' });
const dayFormat = createDateFormat(locale, { weekday: 'long', day: 'numeric', month: 'long' });

export const formatTime = (atMs: number) => timeFormat.format(atMs);
export const formatDateTime = (atMs: number) => dateTimeFormat.format(atMs);

/** Returns the start of the day in the visitor's time zone, in milliseconds. */
export const startOfDay = (atMs: number) => new Date(atMs).setHours(0, 0, 0, 0);

export function formatDay(atMs: number): string {
	const today = startOfDay(Date.now());
	if (startOfDay(atMs) === today) return texts.today;
	return startOfDay(atMs) === startOfDay(today - 1) ? texts.yesterday : dayFormat.format(atMs);
}
