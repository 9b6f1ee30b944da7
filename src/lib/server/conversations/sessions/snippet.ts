import type { SearchMatch } from '#lib/contract/session.ts';
import { searchTerms } from '#lib/server/core/db/search.ts';

const BEFORE = 24;
const LONGEST = 200;
/** Letters that are no accented ones, as search reads them. */
const SAME_AS: Record<string, string> = {
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

/** Plain text around the first word that was searched for, and the places of all of them in it. */
export function snippetOf(found: string, query: string): Pick<SearchMatch, 'text' | 'ranges'> {
	const text = found.replace(/\s+/g, ' ').trim();
	const ranges = rangesOf(text, query);
	const from = beginning(text, ranges[0]?.start ?? 0);
	const lead = from > 0 ? '…' : '';
	const cut = text.slice(from, from + LONGEST).toWellFormed();
	const shift = lead.length - from;
	return {
		text: lead + cut,
		ranges: ranges
			.map(({ start, end }) => ({ start: start + shift, end: end + shift }))
			.filter(({ end }) => end <= lead.length + cut.length),
	};
}

/** Where the words stand, in order, none inside another. */
function rangesOf(text: string, query: string): Range[] {
	const seen = fold(text);
	const ranges = searchTerms(query)
		.flatMap((term) => (/^[\d ().+/-]{7,}$/.test(term) ? [numberIn(term)] : wordsIn(term)))
		.flatMap((pattern) => [...seen.text.matchAll(pattern)])
		.map((match) => ({
			start: seen.starts[match.index] ?? 0,
			end: seen.ends[match.index + match[0].length - 1] ?? text.length,
		}))
		.sort((a, b) => a.start - b.start || b.end - a.end);
	return ranges.filter(({ start }, at) => ranges.slice(0, at).every(({ end }) => start >= end));
}

const wordsIn = (term: string): RegExp[] =>
	(fold(term).text.match(/[\p{L}\p{M}\p{N}]+/gu) ?? []).map((word) =>
		UNSPACED.test(word)
			? new RegExp(word, 'gu')
			: new RegExp(`(?<![\\p{L}\\p{N}])${word}[\\p{L}\\p{M}\\p{N}]*`, 'gu'),
	);

/** Its digits, however they are grouped. */
function numberIn(term: string): RegExp {
	const digits = term.replace(/\D/g, '').replace(/^0+/, '');
	return new RegExp(`\\+?${[...digits].join('[ ().\\/-]{0,4}')}|${digits || '$^'}`, 'gu');
}

/** The text as search sees it, with the place of each sign in the original. */
function fold(text: string) {
	const [starts, ends]: [number[], number[]] = [[], []];
	let folded = '';
	let index = 0;
	for (const sign of text) {
		const bare = sign
			.normalize('NFKD')
			.replace(/[\p{Mn}\p{Cf}]/gu, '')
			.toLowerCase()
			.normalize('NFC');
		const plain = SAME_AS[bare] ?? bare;
		for (let unit = 0; unit < plain.length; unit++) {
			starts.push(index);
			ends.push(index + sign.length);
		}
		folded += plain;
		index += sign.length;
	}
	return { text: folded, starts, ends };
}

/** A word's beginning a little before the hit, so that the hit shows in one line. */
function beginning(text: string, hit: number): number {
	if (hit <= BEFORE) return 0;
	const space = text.indexOf(' ', hit - BEFORE);
	return space >= 0 && space < hit ? space + 1 : hit;
}
