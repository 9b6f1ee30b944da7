import fc from 'fast-check';
import { expect, it } from 'vitest';
import { getInitials } from './initials.ts';
import { cleanText, truncateText, truncateUrl } from './text.ts';
import { visitorContext } from './visitor-context.ts';

it('normalizes text, so that equal words are equal strings', () => {
	expect(cleanText('Mu\u0308ller')).toBe('Müller');
	expect(cleanText('\u1112\u1169\u11bc')).toBe('홍');
});

it.each([
	['https://a.example/?q=abc', 20, 'https://a.example/?q'],
	['https://a.example/%C3%A4', 23, 'https://a.example/'],
	['https://a.example/%C3%A4', 22, 'https://a.example/'],
	['https://a.example/%F0%9F%98%80', 29, 'https://a.example/'],
	['https://a.example/%F0%9F%98%80x', 30, 'https://a.example/%F0%9F%98%80'],
	['https://a.example/%41%42', 22, 'https://a.example/%41'],
])('%s cut to %i is %s', (url, max, cut) => {
	expect(truncateUrl(url, max)).toBe(cut);
});

it('truncation never splits a character or breaks a URL', () => {
	fc.assert(
		fc.property(fc.string({ unit: 'grapheme' }), fc.nat(200), (text, more) => {
			const url = `https://example.com/?q=${encodeURIComponent(text)}`;
			const cut = truncateUrl(url, 23 + more);
			expect(URL.canParse(cut)).toBe(true);
			expect(() => decodeURIComponent(cut)).not.toThrow();
			expect(truncateText(text, more).isWellFormed()).toBe(true);
		}),
	);
});

it('keeps click ids whole, and truncates long URLs', () => {
	const ids = { fbclid: 'a'.repeat(1500), gbraid: 'b', wbraid: 'c', li_fat_id: 'd', msclkid: 'e' };
	const page_url = `https://roofs.example/?x=${'a'.repeat(5000)}`;
	const context = visitorContext.parse({ ...ids, page_url, utm_campaign: 'c'.repeat(500) });
	expect(context).toMatchObject({ ...ids, page_url: page_url.slice(0, 2000) });
	expect(context.utm_campaign).toHaveLength(200);
});

it('an invalid context value does not affect other values', () => {
	const input = {
		utm_campaign: 12345,
		utm_source: ['news', 'letter'],
		gclid: null,
		page_title: { a: 1 },
		viewport: true,
		page_url: 'https://roofs.example/',
	};
	expect(visitorContext.parse(input)).toEqual({
		utm_campaign: '12345',
		utm_source: 'news',
		viewport: 'true',
		page_url: 'https://roofs.example/',
	});
});

it.each([
	['Ada Lovelace', 'AL'],
	['ada king lovelace', 'AL'],
	['Zoë', 'Z'],
	['👩‍👩‍👧‍👦 Family', '👩‍👩‍👧‍👦F'],
	['🇩🇪', '🇩🇪'],
	['e\u0301mile zola', 'E\u0301Z'],
	['नि शर्मा', 'निश'],
	['  ', ''],
])('the initials of %j are %j', (name, letters) => {
	expect(getInitials(name)).toBe(letters);
});
