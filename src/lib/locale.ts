/**
 * Languages and time zones as browsers report them. Some report values that `Intl` throws on: `en-US@posix` (Chromium in
 * containers), `en_US.UTF-8`, `C`, nothing at all, or `Etc/Unknown`.
 */

/** Returns the tag, repaired if necessary, if `Intl` supports it. */
function canonicalize(tag: unknown): string | undefined {
	if (typeof tag !== 'string') return undefined;
	try {
		const repaired = tag
			.trim()
			.replace(/[.@].*$/s, '')
			.replaceAll('_', '-');
		return Intl.DateTimeFormat.supportedLocalesOf(repaired)[0];
	} catch {
		return undefined;
	}
}

/** Returns the first of these language tags that `Intl` supports, repaired if necessary; `en` if there is none. */
export const findSupportedLocale = (tags: readonly unknown[]): string =>
	tags.map(canonicalize).find((tag) => tag !== undefined) ?? 'en';

/** Returns the English name of a language tag: "de" is "German", "en-US" is "American English". */
export const formatLanguage = (tag: string): string =>
	tryOrUndefined(() => new Intl.DisplayNames('en', { type: 'language' }).of(tag)) ?? tag;

/** A 12-hour clock with AM and PM, or a 24-hour clock. */
export type HourCycle = 'h12' | 'h23';

/** Returns the clock of the first of these languages that `Intl` supports. */
export function getLocaleHourCycle(tags: readonly unknown[]): HourCycle {
	const format = tryOrUndefined(
		() => new Intl.DateTimeFormat(findSupportedLocale(tags), { hour: 'numeric' }),
	);
	return format?.resolvedOptions().hour12 ? 'h12' : 'h23';
}

/** Reads a value whose getter can throw in some browsers or with anti-fingerprinting extensions. */
function tryOrUndefined<T>(read: () => T): T | undefined {
	try {
		return read();
	} catch {
		return undefined;
	}
}

/** Returns the browser's supported languages, most preferred first; empty if it reports none. */
export function listBrowserLocales(): string[] {
	const tags: unknown[] = [
		tryOrUndefined(() => globalThis.navigator.languages),
		tryOrUndefined(() => globalThis.navigator.language),
	].flat();
	return [...new Set(tags.map(canonicalize).filter((tag) => tag !== undefined))];
}

/** Returns the browser's time zone as an IANA name; `undefined` if it reports none. */
export const getBrowserTimeZone = (): string | undefined =>
	tryOrUndefined(() => {
		const { timeZone } = new Intl.DateTimeFormat('en').resolvedOptions() as { timeZone?: string };
		if (!timeZone || timeZone === 'Etc/Unknown') return undefined;
		new Intl.DateTimeFormat('en', { timeZone });
		return timeZone;
	});

type DateFormat = Pick<Intl.DateTimeFormat, 'format' | 'formatToParts'>;

/** Returns a date format that never throws. Falls back to English, then UTC, then `FALLBACK_FORMAT`. */
export function createDateFormat(locale: string, options: Intl.DateTimeFormatOptions): DateFormat {
	const { timeZone } = options;
	for (const [tag, zone] of [
		[locale, timeZone],
		['en', timeZone],
		['en', 'UTC'],
	]) {
		const format = tryOrUndefined(
			() => new Intl.DateTimeFormat(tag, { ...options, timeZone: zone }),
		);
		if (format) return format;
	}
	return FALLBACK_FORMAT;
}

/** Returns a function that formats a time from now, such as "in 2 minutes". Never throws. */
export function createTimeUntilFormat(
	locale: string,
): (value: number, unit: 'minute' | 'second') => string {
	const format = tryOrUndefined(() => new Intl.RelativeTimeFormat(locale, { numeric: 'auto' }));
	return (value, unit) =>
		format ? format.format(value, unit) : `${value} ${unit === 'minute' ? 'min' : 's'}`;
}

/** For browsers whose `Intl` is missing or broken. */
const FALLBACK_FORMAT: DateFormat = {
	format: (at) => new Date(Number(at)).toString().slice(0, 21),
	formatToParts: (at) =>
		new Date(Number(at))
			.toISOString()
			.slice(0, 10)
			.split('-')
			.map((value, index) => ({ type: PART_TYPES[index] ?? 'literal', value })),
};
const PART_TYPES = ['year', 'month', 'day'] as const;
