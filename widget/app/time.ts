import { browserLocales, dateFormat } from '#lib/locale.ts';
import { language, texts } from './boot.ts';

// Uses the visitor's regional format (such as 12 or 24 hours) if they read the frame's language.
const locale = browserLocales().find((one) => one.split('-')[0] === language) ?? language;
const clock = dateFormat(locale, { timeStyle: 'short' });
const full = dateFormat(locale, { dateStyle: 'medium', timeStyle: 'short' });
const day = dateFormat(locale, { weekday: 'long', day: 'numeric', month: 'long' });

export const time = (at: number) => clock.format(at);
export const dateTime = (at: number) => full.format(at);

/** Returns the start of the day, in the visitor's time zone. */
export const dayOf = (at: number) => new Date(at).setHours(0, 0, 0, 0);

export function dayName(at: number): string {
	const today = dayOf(Date.now());
	if (dayOf(at) === today) return texts.today;
	return dayOf(at) === dayOf(today - 1) ? texts.yesterday : day.format(at);
}
