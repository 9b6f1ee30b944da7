import { parsePhoneNumberFromString } from 'libphonenumber-js/max';
import { domainToASCII } from 'node:url';
import { sql, type SQL } from 'drizzle-orm';
import { toPlainDigits } from '../text.ts';

// Matches a phrase, a number with its separators (without a phone number's extension), or a word. A hyphen before a term
// excludes it; one inside a word, as in "12345-abc", doesn't.
const TERM =
	/(-?)(?:"([^"]*)"?|(\+?\(?\d[\d ()./+-]{3,}\d)(?:(?:[ ,]{0,2}(?:x|ext\.?|#)|;ext=) ?\d{1,7}(?![\p{L}\p{N}]))?(?![\p{L}\p{N}@;]|-\S)|([^\s"]+))/giu;

/** Matches the emoji that `search_document` indexes, without skin tones, so that a search finds all variants. */
const EMOJI = /[\u2600-\u27bf\u2b00-\u2bff\u{1f000}-\u{1f3fa}\u{1f400}-\u{1faff}]/gu;

/**
 * Returns the full-text query for a search: all words in any order, the last one as a prefix, "phrases",
 * `or`, and `-word` to exclude. Matches different spellings of the same text: composed or not, any case, with or without
 * accents and apostrophes, umlauts as two letters, emoji, parts of addresses, languages without spaces, and phone numbers
 * in any format. Punctuation alone matches nothing.
 */
export function createSearchQuery(words: string): SQL {
	const alternatives: SQL[][] = [[]];
	const terms = [...toPlainDigits(words).matchAll(TERM)];
	for (const [index, [, minus, phrase, number, word]] of terms.entries()) {
		if (word?.toLowerCase() === 'or') {
			alternatives.push([]);
			continue;
		}
		const isLast = index === terms.length - 1;
		const text = phrase ?? number ?? word ?? '';
		const term = number
			? createNumberQuery(number)
			: createPhraseQuery(text, isLast && word !== undefined);
		alternatives.at(-1)?.push(minus ? sql`!!${term}` : term);
	}
	const queries = alternatives
		.filter((group) => group.length > 0)
		.map((group) => sql`(${sql.join(group, sql` && `)})`);
	if (queries.length === 0) return sql`null::tsquery`;
	return sql`nullif((${sql.join(queries, sql` || `)})::text, '')::tsquery`;
}

/** Returns the terms to highlight in a matching text. */
export const parseSearchTerms = (words: string): string[] =>
	[...words.matchAll(TERM)].flatMap(([, minus, phrase, number, word]) => {
		const term = phrase ?? number ?? word ?? '';
		return minus || (word && /^or$/i.test(word)) ? [] : [term];
	});

/** Returns a query for consecutive words, in any of their spellings. */
function createPhraseQuery(text: string, isPrefix: boolean): SQL {
	const spellings = [text, ...listOtherSpellings(text)].map((spelling) =>
		// A contraction is never a prefix: its ending "t" would make Postgres read every word that begins with a t.
		createLexemeQuery(spelling, isPrefix && !CONTRACTION.test(spelling)),
	);
	return spellings.length > 1 ? sql`(${sql.join(spellings, sql` || `)})` : (spellings[0] ?? sql``);
}

const MAX_SPELLINGS = 6;
const CONTRACTION = /['’‘ʼ`´](?:t|s|d|m|ll|re|ve)$/iu;

/**
 * Returns other spellings of a text: a domain in ASCII, as leads store it; "dont" for "don't"; "Mueller" for "Müller"; "1,500"
 * for "1500".
 */
function listOtherSpellings(text: string): string[] {
	const [, amount] = AMOUNT.exec(text) ?? [];
	if (amount !== undefined) return listAmountSpellings(amount).filter((other) => other !== amount);
	const [, local = '', domain = ''] = /^(.*@)?([^@\s/:]+\.[^@\s/:]+)$/s.exec(text) ?? [];
	const ascii = /\P{ASCII}/u.test(domain) ? local + domainToASCII(domain) : text;
	if (domain || text.length > 40) return ascii === text ? [] : [ascii];
	const plain = text.normalize('NFC');
	const spellings = new Set([
		plain.replace(/(?<=\p{L})['’‘ʼ`´](?=\p{L})/gu, ''),
		plain.replace(/(?<=\p{L}{2})(t|s|d|m|ll|re|ve)$/iu, "'$1"),
		plain.replace(/^(o|d|l|j|m|n|s|t|c|qu|dell|dall|nell|all|sull)(?=\p{L}{3})/iu, "$1'"),
		plain.replace(/[äöüøåæœ]/giu, (letter) => DIGRAPHS[letter.toLowerCase()] ?? letter),
		plain.replace(/ae|oe|ue|aa/gi, (letters) => letters.charAt(0)),
		...KEYBOARD_VARIANTS.map(([typed, written]) => replaceLetters(plain, typed, written)),
		plain.replace(/ه(?!\p{L})/gu, 'ة'),
		plain.replace(/[ぁ-ゖ]/g, (kana) => shiftLetter(kana, KATAKANA_OFFSET)),
		plain.replace(/[ァ-ヶ]/g, (kana) => shiftLetter(kana, -KATAKANA_OFFSET)),
		plain.replaceAll(NUKTA, ''),
		...[...plain.matchAll(NUKTA_LETTER)].map(
			({ index }) => plain.slice(0, index + 1) + NUKTA + plain.slice(index + 1),
		),
	]);
	return [...spellings]
		.filter((other) => other !== text && other !== plain)
		.slice(0, MAX_SPELLINGS);
}

/** An amount without decimals, with or without a currency sign and thousands separators. */
const AMOUNT = /^\p{Sc}?(\d{4,9}|\d{1,3}(?:([.,'’])\d{3})(?:\2\d{3})?)\p{Sc}?$/u;

function listAmountSpellings(amount: string): string[] {
	const digits = amount.replace(/\D/g, '');
	const separate = (separator: string) => digits.replace(/(?<=\d)(?=(?:\d{3})+$)/g, separator);
	return [digits, separate(','), separate('.')];
}

/** The dot below some Devanagari letters, which is often left out: "ज़रूरत" and "जरूरत". */
const NUKTA = '\u093c';
const NUKTA_LETTER = /[कखगजडढफ](?!\u093c)/g;

/** Letters that look the same, but are different characters on Arabic, Persian and Urdu keyboards. */
const KEYBOARD_VARIANTS = [
	['کیہ', 'كيه'],
	['كيى', 'کیی'],
	['یي', 'ىى'],
	['ة', 'ه'],
] as const;
const replaceLetters = (text: string, typed: string, written: string) =>
	text.replace(/\p{sc=Arab}/gu, (letter) => written.charAt(typed.indexOf(letter)) || letter);
/** The distance between the code points of a hiragana letter and its katakana counterpart. */
const KATAKANA_OFFSET = 0x60;
const shiftLetter = (letter: string, by: number) => String.fromCharCode(letter.charCodeAt(0) + by);

/** Digraphs that people type for letters missing on their keyboard. */
const DIGRAPHS: Record<string, string> = {
	ä: 'ae',
	ö: 'oe',
	ü: 'ue',
	ø: 'oe',
	å: 'aa',
	æ: 'ae',
	œ: 'oe',
};

function createLexemeQuery(text: string, isPrefix: boolean): SQL {
	const emoji = [...text.matchAll(EMOJI)].map(
		([character]) => `emo${character.codePointAt(0)?.toString(16)}`,
	);
	if (emoji.length > 0) {
		const rest = text.replace(EMOJI, ' ');
		const query = sql`${[...new Set(emoji)].slice(0, 20).join(' & ')}::tsquery`;
		return /[\p{L}\p{N}]/u.test(rest)
			? sql`(${query} && ${createLexemeQuery(rest, isPrefix)})`
			: query;
	}
	const phrase = sql`phraseto_tsquery('simple', search_text(${text}))`;
	return isPrefix ? sql`regexp_replace(${phrase}::text, '''$', ''':*')::tsquery` : phrase;
}

/** Returns a query for a number as written, or for phone numbers that begin or end with its digits. */
function createNumberQuery(written: string): SQL {
	const digits = written.replace(/\D/g, '').replace(/^0+/, '');
	const nationalNumber = parsePhoneNumberFromString(written.replace(/^00/, '+'))?.nationalNumber;
	const forms = [
		`tel${digits}:*`,
		`rev${[...digits].reverse().join('')}:*`,
		// The same number, stored without its country.
		...(nationalNumber && nationalNumber.length >= 6 ? [`tel${nationalNumber}`] : []),
	];
	return digits.length < 5
		? createPhraseQuery(written, true)
		: sql`(${createPhraseQuery(written, true)} || ${forms.join(' | ')}::tsquery)`;
}
