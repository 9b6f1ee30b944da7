import { parsePhoneNumberFromString } from 'libphonenumber-js/max';
import { domainToASCII } from 'node:url';
import { sql, type SQL } from 'drizzle-orm';
import { withPlainDigits } from '../digits.ts';

// Phrases, numbers with their spaces, words. Every query ends with one of them or with nothing.
// A phone number's extension is not looked for: its main number is.
const TERM =
	/(-?)(?:"([^"]*)"?|(\+?\(?\d[\d ()./+-]{3,}\d)(?:(?:[ ,]{0,2}(?:x|ext\.?|#)|;ext=) ?\d{1,7}(?![\p{L}\p{N}]))?(?![\p{L}\p{N}@;])|([^\s"]+))/giu;

/**
 * A full-text query as people type it: all words in any order, the last one by its beginning; "phrases", `or`, and `-word`
 * for what must not stand there. Matches what looks the same: composed or not, with or without accents, in any case, parts
 * of addresses, words of languages without spaces, and phone numbers in any form. Punctuation alone matches nothing.
 */
export function wordsQuery(words: string): SQL {
	const alternatives: SQL[][] = [[]];
	const terms = [...withPlainDigits(words).matchAll(TERM)];
	for (const [index, [, minus, phrase, number, word]] of terms.entries()) {
		if (word?.toLowerCase() === 'or') {
			alternatives.push([]);
			continue;
		}
		const isLast = index === terms.length - 1;
		const text = phrase ?? number ?? word ?? '';
		const term = number ? numberQuery(number) : phraseQuery(text, isLast && word !== undefined);
		alternatives.at(-1)?.push(minus ? sql`!!${term}` : term);
	}
	const found = alternatives.filter((group) => group.length > 0);
	if (found.length === 0) return sql`null::tsquery`;
	const any = found.map((group) => sql`(${sql.join(group, sql` && `)})`);
	return sql`nullif((${sql.join(any, sql` || `)})::text, '')::tsquery`;
}

/** The terms that a found text has. */
export const searchTerms = (words: string): string[] =>
	[...words.matchAll(TERM)].flatMap(([, minus, phrase, number, word]) => {
		const term = phrase ?? number ?? word ?? '';
		return minus || (word && /^or$/i.test(word)) ? [] : [term];
	});

/** Words in this order, one after another; a domain also as leads have it, in ASCII. */
function phraseQuery(text: string, isBeginning: boolean): SQL {
	const [, local = '', domain = ''] = /^(.*@)?([^@\s/:]+\.[^@\s/:]+)$/s.exec(text) ?? [];
	const ascii = /\P{ASCII}/u.test(domain) ? domainToASCII(domain) : '';
	const written = lexemes(text, isBeginning);
	return ascii ? sql`(${written} || ${lexemes(local + ascii, isBeginning)})` : written;
}

function lexemes(text: string, isBeginning: boolean): SQL {
	const phrase = sql`phraseto_tsquery('simple', search_text(${text}))`;
	return isBeginning ? sql`regexp_replace(${phrase}::text, '''$', ''':*')::tsquery` : phrase;
}

/** A number as it is written, or a phone number of which these are the first or the last digits. */
function numberQuery(written: string): SQL {
	const digits = written.replace(/\D/g, '').replace(/^0+/, '');
	const own = parsePhoneNumberFromString(written.replace(/^00/, '+'))?.nationalNumber;
	const forms = [
		`tel${digits}:*`,
		`rev${[...digits].reverse().join('')}:*`,
		// The same number, stored without its country.
		...(own && own.length >= 6 ? [`tel${own}`] : []),
	];
	return digits.length < 5
		? phraseQuery(written, true)
		: sql`(${phraseQuery(written, true)} || ${forms.join(' | ')}::tsquery)`;
}
