import type { SearchMatch } from '#lib/contract/session.ts';

/** What Postgres puts around words that it found: private characters, taken out of the text before. */
export const MARKS = { start: '\uE000', end: '\uE001' };

const BEFORE = 24;
const LONGEST = 200;

/** Plain text around the first marked word, and the places of all marked words in it. */
export function snippetOf(marked: string): Pick<SearchMatch, 'text' | 'ranges'> {
	const { text, ranges } = withoutMarks(marked.replace(/\s+/g, ' ').trim());
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

function withoutMarks(marked: string): Pick<SearchMatch, 'text' | 'ranges'> {
	const ranges: SearchMatch['ranges'] = [];
	let text = '';
	for (const part of marked.split(MARKS.start)) {
		const end = part.indexOf(MARKS.end);
		if (end >= 0) ranges.push({ start: text.length, end: text.length + end });
		text += part.replace(MARKS.end, '');
	}
	return { text, ranges };
}

/** A word's beginning a little before the hit, so that the hit shows in one line. */
function beginning(text: string, hit: number): number {
	if (hit <= BEFORE) return 0;
	const space = text.indexOf(' ', hit - BEFORE);
	return space >= 0 && space < hit ? space + 1 : hit;
}
