import { describe, expect, it } from 'vitest';
import { DEFAULT_FALLBACK_REPLY } from '#lib/server/sites/index.ts';
import { chooseFallbackText } from './fallback-text.ts';
import type { Turn } from './turn.ts';

const LANGUAGES = ['en', 'de', 'es', 'fr', 'pt', 'ar'];
const createTurn = (
	language: string,
	fallback_reply = DEFAULT_FALLBACK_REPLY,
	siteLanguage = 'auto',
) =>
	({
		site: { fallback_reply, look: { language: siteLanguage }, translations: {} },
		context: { language },
	}) as unknown as Turn;
const choose = (turn: Turn, last: string | null, has_contact = false) =>
	chooseFallbackText(turn, { last, has_contact });

describe('the fallback text', () => {
	it.each(LANGUAGES)('is never the same twice in a row (%s)', (language) => {
		for (const has_contact of [false, true]) {
			let last: string | null = null;
			for (let count = 0; count < 6; count++) {
				const text = choose(createTurn(language), last, has_contact);
				expect(text).not.toBe(last);
				last = text;
			}
		}
		expect(choose(createTurn(language), choose(createTurn(language), null), true)).not.toBe(
			choose(createTurn(language), null),
		);
	});

	it('is in the visitor’s language, or the one set for the site', () => {
		expect(choose(createTurn('de-AT'), null)).toContain('Entschuldigung');
		expect(choose(createTurn('de', DEFAULT_FALLBACK_REPLY, 'fr'), null)).toContain('Désolé');
		expect(choose(createTurn('ja'), null)).toBe(DEFAULT_FALLBACK_REPLY);
		expect(new Set(LANGUAGES.map((language) => choose(createTurn(language), null))).size).toBe(6);
	});

	it('is the site’s own only if the previous answer did not fail', () => {
		const customized = createTurn('de', 'Wir rufen zurück.');
		expect(choose(customized, null)).toBe('Wir rufen zurück.');
		expect(choose(customized, 'Wir rufen zurück.')).not.toContain('Wir rufen zurück.');
	});

	it('thanks a visitor whose contact is known', () => {
		expect(choose(createTurn('en'), null, true)).toContain('Thank you');
	});

	it('recognizes the last text after a partial reply', () => {
		const first = choose(createTurn('en'), DEFAULT_FALLBACK_REPLY);
		expect(choose(createTurn('en'), `Well,\n\n${first}`)).not.toBe(first);
	});
});
