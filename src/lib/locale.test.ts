import { afterEach, expect, it, vi } from 'vitest';
import {
	listBrowserLocales,
	getBrowserTimeZone,
	createDateFormat,
	findSupportedLocale,
	createTimeUntilFormat,
} from './locale.ts';

afterEach(() => vi.unstubAllGlobals());

it.each([
	['en-US', 'en-US'],
	// Chromium in containers: https://github.com/marimo-team/marimo/issues/9938
	['en-US@posix', 'en-US'],
	// https://github.com/leeoniya/uPlot/issues/1053
	['en_US', 'en-US'],
	['en-US.UTF-8', 'en-US'],
	['de_DE.UTF-8@euro', 'de-DE'],
	['pt_BR', 'pt-BR'],
	['zh-Hans-CN-u-nu-hanidec', 'zh-Hans-CN-u-nu-hanidec'],
	['i-klingon', 'en'],
	['C', 'en'],
	['POSIX', 'en'],
	['C.UTF-8', 'en'],
	['*', 'en'],
	['', 'en'],
	[undefined, 'en'],
	[null, 'en'],
	[5, 'en'],
	['x'.repeat(300), 'en'],
])('for the browser language %j, dates use %s', (tag, locale) => {
	expect(findSupportedLocale([tag])).toBe(locale);
	expect(createDateFormat(findSupportedLocale([tag]), { dateStyle: 'full' }).format(0)).toMatch(
		/1970|二|〇/,
	);
});

it('returns the valid languages, without duplicates', () => {
	vi.stubGlobal('navigator', { languages: ['C', 'de_AT', 'de-AT', 'fr'], language: 'C' });
	expect(listBrowserLocales()).toEqual(['de-AT', 'fr']);
	vi.stubGlobal('navigator', { language: 'es' });
	expect(listBrowserLocales()).toEqual(['es']);
	vi.stubGlobal('navigator', {});
	expect(listBrowserLocales()).toEqual([]);
});

it.each([
	['Europe/Berlin', 'Europe/Berlin'],
	['Etc/Unknown', undefined],
	[undefined, undefined],
	['Middle/Earth', undefined],
])('for the reported time zone %j, returns %j', (zone, expected) => {
	const options = vi
		.spyOn(Intl.DateTimeFormat.prototype, 'resolvedOptions')
		.mockReturnValue({ timeZone: zone } as Intl.ResolvedDateTimeFormatOptions);
	expect(getBrowserTimeZone()).toBe(expected);
	options.mockRestore();
});

it('falls back to UTC and English', () => {
	const options = { dateStyle: 'medium', timeStyle: 'short' } as const;
	expect(
		createDateFormat('no such language!', { ...options, timeZone: 'Middle/Earth' }).format(0),
	).toBe('Jan 1, 1970, 12:00 AM');
});

it('still formats if Intl throws or is missing', () => {
	const throws = () => {
		throw new RangeError('Invalid time zone');
	};
	for (const broken of [undefined, { DateTimeFormat: throws }]) {
		vi.stubGlobal('Intl', broken);
		const format = createDateFormat('en', { timeStyle: 'short' });
		expect(format.format(Date.UTC(2026, 4, 5, 12))).toContain('May 05 2026');
		expect(format.formatToParts(0).map(({ value }) => value)).toEqual(['1970', '01', '01']);
		expect(getBrowserTimeZone()).toBeUndefined();
		expect(findSupportedLocale(['de'])).toBe('en');
		expect(createTimeUntilFormat('de')(2, 'minute')).toBe('2 min');
	}
});

it('reads languages if one of the two getters throws', () => {
	const navigator = Object.defineProperty({ languages: ['de'] }, 'language', {
		get() {
			throw new Error('blocked');
		},
	});
	vi.stubGlobal('navigator', navigator);
	expect(listBrowserLocales()).toEqual(['de']);
});
