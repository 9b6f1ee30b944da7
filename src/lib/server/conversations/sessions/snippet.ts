import type { SearchMatch } from '#lib/contract/session.ts';
import { parseSearchTerms } from '#lib/server/core/db/search.ts';

/** The maximum length of the text before the first hit, so that the hit is visible in a single line. */
const MAX_PREFIX_LENGTH = 24;
const MAX_LENGTH = 200;
/** Letters that don't decompose into a base letter, with their equivalents in a search. */
const FOLDED_LETTERS: Record<string, string> = {
	ß: 'ss',
	æ: 'ae',
	œ: 'oe',
	ø: 'o',
	đ: 'd',
	ł: 'l',
	ı: 'i',
	ς: 'σ',
};
/** Scripts that don't separate words with spaces, so that a hit may start within a run of letters. */
const UNSPACED =
	/[\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}\p{scx=Hangul}\p{scx=Thai}\p{scx=Lao}\p{scx=Khmer}\p{scx=Myanmar}]/u;

type Range = SearchMatch['ranges'][number];

/** Returns plain text around the first hit of a search, and the ranges of all hits in it. */
export function createSnippet(
	original: string,
	pattern: RegExp | null,
): Pick<SearchMatch, 'text' | 'ranges'> {
	const text = original.replace(/\s+/g, ' ').trim();
	const ranges = pattern ? findRanges(text, pattern) : [];
	const from = findSnippetStart(text, ranges[0]?.start ?? 0);
	const prefix = from > 0 ? '…' : '';
	const excerpt = text.slice(from, from + MAX_LENGTH).toWellFormed();
	const shift = prefix.length - from;
	return {
		text: prefix + excerpt,
		ranges: ranges
			.map(({ start, end }) => ({ start: start + shift, end: end + shift }))
			.filter(({ end }) => end <= prefix.length + excerpt.length),
	};
}

/** Returns the hits that a snippet can contain, in order. */
function findRanges(text: string, pattern: RegExp): Range[] {
	const folded = fold(text);
	const ranges: Range[] = [];
	for (const match of folded.text.matchAll(pattern)) {
		const start = folded.starts[match.index] ?? 0;
		const end = folded.ends[match.index + match[0].length - 1] ?? text.length;
		if (start > (ranges[0]?.start ?? start) + MAX_LENGTH) break;
		ranges.push({ start, end });
	}
	return ranges;
}

/** Returns one pattern for the hits of a search in a folded text, so that they don't overlap; null if the search has no words to mark. */
export function createHitPattern(query: string): RegExp | null {
	const terms = parseSearchTerms(query);
	const isNumber = (term: string) => /^[\d ().+/-]{7,}$/.test(term);
	const words = terms
		.filter((term) => !isNumber(term))
		.flatMap((term) => fold(term).text.match(/[\p{L}\p{M}\p{N}]+/gu) ?? []);
	const spaced = words.filter((word) => !UNSPACED.test(word));
	const patterns = [
		...terms.filter(isNumber).flatMap(createNumberPatterns),
		...words.filter((word) => UNSPACED.test(word)),
		...(spaced.length > 0
			? [`(?<![\\p{L}\\p{N}])(?:${[...new Set(spaced)].join('|')})[\\p{L}\\p{M}\\p{N}]*`]
			: []),
	];
	return patterns.length > 0 ? new RegExp([...new Set(patterns)].join('|'), 'gu') : null;
}

/** Returns patterns that match the digits of a number in any grouping. */
function createNumberPatterns(term: string): string[] {
	const digits = term.replace(/\D/g, '').replace(/^0+/, '');
	return digits === '' ? [] : [`\\+?${[...digits].join('[ ().\\/-]{0,4}')}`];
}

/** Folds a text as search does, and maps each character to its range in the original. */
function fold(text: string) {
	const [starts, ends]: [number[], number[]] = [[], []];
	let foldedText = '';
	let index = 0;
	for (const character of text) {
		const folded = character < '\u0080' ? character.toLowerCase() : foldCharacter(character);
		for (let unit = 0; unit < folded.length; unit++) {
			starts.push(index);
			ends.push(index + character.length);
		}
		foldedText += folded;
		index += character.length;
	}
	return { text: foldedText, starts, ends };
}

function foldCharacter(character: string): string {
	const baseLetter = character
		.normalize('NFKD')
		.replace(/[\p{Mn}\p{Cf}]/gu, '')
		.toLowerCase()
		.normalize('NFC');
	return FOLDED_LETTERS[baseLetter] ?? baseLetter;
}

/** Returns the start of a word shortly before the hit. */
function findSnippetStart(text: string, hit: number): number {
	if (hit <= MAX_PREFIX_LENGTH) return 0;
	const space = text.indexOf(' ', hit - MAX_PREFIX_LENGTH);
	return space >= 0 && space < hit ? space + 1 : hit;
}
