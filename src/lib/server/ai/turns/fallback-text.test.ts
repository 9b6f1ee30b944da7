import { describe, expect, it } from 'vitest';
import { DEFAULT_FALLBACK_REPLY } from '#lib/server/sites/index.ts';
import { chooseFallbackText } from './fallback-text.ts';
import type { Turn } from './turn.ts';

const LANGUAGES = ['en', 'de', 'es', 'fr', 'pt', 'ar'];
const turn = (language: string, fallback_reply = DEFAULT_FALLBACK_REPLY, siteLanguage = 'auto') =>
	({
		site: { fallback_reply, look: { language: siteLanguage }, translations: {} },
		context: { language },
	}) as unknown as Turn;
const choose = (of: Turn, last: string | null, has_contact = false) =>
	chooseFallbackText(of, { last, has_contact });

describe('the fallback text', () => {
	it.each(LANGUAGES)('is never the same twice in a row: %s', (language) => {
		for (const has_contact of [false, true]) {
			let last: string | null = null;
			for (let count = 0; count < 6; count++) {
				const text = choose(turn(language), last, has_contact);
				expect(text).not.toBe(last);
				last = text;
			}
		}
		expect(choose(turn(language), choose(turn(language), null), true)).not.toBe(
			choose(turn(language), null),
		);
	});

	it('is in the visitor’s language, or the one set for the site', () => {
		expect(choose(turn('de-AT'), null)).toContain('Entschuldigung');
		expect(choose(turn('de', DEFAULT_FALLBACK_REPLY, 'fr'), null)).toContain('Désolé');
		expect(choose(turn('ja'), null)).toBe(DEFAULT_FALLBACK_REPLY);
		expect(new Set(LANGUAGES.map((language) => choose(turn(language), null))).size).toBe(6);
	});

	it('is the site’s own the first time, and again after a successful answer', () => {
		const own = turn('de', 'Wir rufen zurück.');
		expect(choose(own, null)).toBe('Wir rufen zurück.');
		expect(choose(own, 'Wir rufen zurück.')).not.toContain('Wir rufen zurück.');
	});

	it('thanks a visitor whose contact is known', () => {
		expect(choose(turn('en'), null, true)).toContain('Thank you');
	});

	it('recognizes the last text behind a partial reply', () => {
		const [first] = [choose(turn('en'), DEFAULT_FALLBACK_REPLY)];
		expect(choose(turn('en'), `Well,\n\n${first ?? ''}`)).not.toBe(first);
	});
});
