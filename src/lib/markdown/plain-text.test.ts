import { expect, it, vi } from 'vitest';
import { containsAnyPhrase } from './index.ts';

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
	expect(containsAnyPhrase(text, ['within 24 hours'])).toBe(true);
});

it.each([
	['within 48 hours', 'within 24 hours'],
	['within **2**4 days', 'within 24 hours'],
	['Anything', ''],
	['Anything', '\u200b '],
])('finds in %j no %j', (text, phrase) => {
	expect(containsAnyPhrase(text, [phrase])).toBe(false);
});

it('finds a phrase with typographic apostrophes or with Markdown of its own', () => {
	expect(containsAnyPhrase('We’ll **be in touch**', ["we'll be in touch"])).toBe(true);
	expect(containsAnyPhrase('That is **all**.', ['**all**'])).toBe(true);
});

it('normalizes a long text once for all phrases', () => {
	const text = 'That is **all**. '.repeat(100);
	const phrases = Array.from({ length: 20 }, (_, index) => `Phrase ${index}`);
	const normalize = vi.spyOn(String.prototype, 'normalize');
	expect(containsAnyPhrase(text, [...phrases, 'is all'])).toBe(true);
	// The phrases, the text with its formatting, and the text without it.
	expect(normalize).toHaveBeenCalledTimes(phrases.length + 3);
	normalize.mockRestore();
});
