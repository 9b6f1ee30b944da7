/**
 * Languages and time zones as browsers report them. Some report what `Intl` throws on: `en-US@posix` (Chromium in
 * containers), `en_US.UTF-8`, `C`, nothing at all, or `Etc/Unknown`. Everything that shows a date or a number goes
 * through here.
 */

/** `undefined` where a tag cannot be understood. */
function canonical(tag: unknown): string | undefined {
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

/** Returns the first of these language tags that `Intl` takes, repaired where it has to be; `en` when there is none. */
export const supportedLocale = (tags: readonly unknown[]): string =>
	tags.map(canonical).find((tag) => tag !== undefined) ?? 'en';

/** The browser's languages that `Intl` takes, best first; none where it tells none. */
export function browserLocales(): string[] {
	const { language, languages } = globalThis.navigator as { language: unknown; languages: unknown };
	const tags: unknown[] = [languages, language].flat();
	return [...new Set(tags.map(canonical).filter((tag) => tag !== undefined))];
}

/** The browser's time zone as an IANA name; `undefined` where it does not know one. */
export function browserTimeZone(): string | undefined {
	try {
		const { timeZone } = new Intl.DateTimeFormat('en').resolvedOptions() as { timeZone?: string };
		if (!timeZone || timeZone === 'Etc/Unknown') return undefined;
		new Intl.DateTimeFormat('en', { timeZone });
		return timeZone;
	} catch {
		return undefined;
	}
}

/** A format for dates that never throws: in English or UTC where it cannot have the locale or the time zone. */
export function dateFormat(
	locale: string,
	options: Intl.DateTimeFormatOptions,
): Intl.DateTimeFormat {
	for (const tag of [locale, 'en']) {
		try {
			return new Intl.DateTimeFormat(tag, options);
		} catch {
			// The next one asks for less.
		}
	}
	return new Intl.DateTimeFormat('en', { ...options, timeZone: 'UTC' });
}
