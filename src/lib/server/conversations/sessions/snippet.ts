import type { SearchMatch } from '#lib/contract/session.ts';
import { searchTerms } from '#lib/server/core/db/search.ts';

/** How much text precedes the first hit, so that the hit is visible in a single line. */
const MAX_LEAD = 24;
const MAX_LENGTH = 200;
/** Letters that don't decompose into a base letter, with what search treats them as. */
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
const UNSPACED =
	/[\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}\p{scx=Hangul}\p{scx=Thai}\p{scx=Lao}\p{scx=Khmer}\p{scx=Myanmar}]/u;

type Range = SearchMatch['ranges'][number];

/** Returns plain text around the first hit of a search, and the ranges of all hits in it. */
export function snippetOf(found: string, query: string): Pick<SearchMatch, 'text' | 'ranges'> {
	const text = found.replace(/\s+/g, ' ').trim();
	const ranges = rangesOf(text, query);
	const from = startOf(text, ranges[0]?.start ?? 0);
	const lead = from > 0 ? '…' : '';
	const cut = text.slice(from, from + MAX_LENGTH).toWellFormed();
	const shift = lead.length - from;
	return {
		text: lead + cut,
		ranges: ranges
			.map(({ start, end }) => ({ start: start + shift, end: end + shift }))
			.filter(({ end }) => end <= lead.length + cut.length),
	};
}

/** Returns the ranges of all hits in order, without overlaps. */
function rangesOf(text: string, query: string): Range[] {
	const folded = fold(text);
	const ranges = searchTerms(query)
		.flatMap((term) =>
			/^[\d ().+/-]{7,}$/.test(term) ? [numberPattern(term)] : wordPatterns(term),
		)
		.flatMap((pattern) => [...folded.text.matchAll(pattern)])
		.map((match) => ({
			start: folded.starts[match.index] ?? 0,
			end: folded.ends[match.index + match[0].length - 1] ?? text.length,
		}))
		.sort((a, b) => a.start - b.start || b.end - a.end);
	return ranges.filter(({ start }, at) => ranges.slice(0, at).every(({ end }) => start >= end));
}

const wordPatterns = (term: string): RegExp[] =>
	(fold(term).text.match(/[\p{L}\p{M}\p{N}]+/gu) ?? []).map((word) =>
		UNSPACED.test(word)
			? new RegExp(word, 'gu')
			: new RegExp(`(?<![\\p{L}\\p{N}])${word}[\\p{L}\\p{M}\\p{N}]*`, 'gu'),
	);

/** Matches the digits of a number in any grouping. */
function numberPattern(term: string): RegExp {
	const digits = term.replace(/\D/g, '').replace(/^0+/, '');
	return new RegExp(`\\+?${[...digits].join('[ ().\\/-]{0,4}')}|${digits || '$^'}`, 'gu');
}

/** Folds a text as search does, and maps each character to its range in the original. */
function fold(text: string) {
	const [starts, ends]: [number[], number[]] = [[], []];
	let foldedText = '';
	let index = 0;
	for (const character of text) {
		const bare = character
			.normalize('NFKD')
			.replace(/[\p{Mn}\p{Cf}]/gu, '')
			.toLowerCase()
			.normalize('NFC');
		const plain = FOLDED_LETTERS[bare] ?? bare;
		for (let unit = 0; unit < plain.length; unit++) {
			starts.push(index);
			ends.push(index + character.length);
		}
		foldedText += plain;
		index += character.length;
	}
	return { text: foldedText, starts, ends };
}

/** Returns the start of a word shortly before the hit. */
function startOf(text: string, hit: number): number {
	if (hit <= MAX_LEAD) return 0;
	const space = text.indexOf(' ', hit - MAX_LEAD);
	return space >= 0 && space < hit ? space + 1 : hit;
}
