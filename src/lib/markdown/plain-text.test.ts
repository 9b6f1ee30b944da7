import { expect, it } from 'vitest';
import { containsPhrase } from './index.ts';

it.each([
	"We'll call you within 24 hours.",
	"We'll call you within **24 hours**.",
	"We'll call you **within 24** hours.",
	'You hear from us *within* 24 __hours__!',
	'Our team replies [within 24 hours](https://example.com/team).',
	'You hear from us ~~today~~ within `24 hours`',
	'- Sent\n- A reply comes WITHIN\u00a024\u202fHOURS',
	'You hear from us with\u00adin\u200b 24 \u206024 hours, so within 24\u200b hours',
])('finds a phrase in %j', (text) => {
	expect(containsPhrase(text, 'within 24 hours')).toBe(true);
});

it.each([
	['within 48 hours', 'within 24 hours'],
	['within **2**4 days', 'within 24 hours'],
	['Anything', ''],
	['Anything', '\u200b '],
])('finds in %j no %j', (text, phrase) => {
	expect(containsPhrase(text, phrase)).toBe(false);
});

it('finds a phrase with typographic apostrophes or with Markdown of its own', () => {
	expect(containsPhrase('We’ll **be in touch**', "we'll be in touch")).toBe(true);
	expect(containsPhrase('That is **all**.', '**all**')).toBe(true);
});
