import type { Inline } from './inline.ts';
import { parseMarkdown, type Block } from './parse.ts';

/** Returns Markdown without its formatting, one line per paragraph line or list item. */
export const toPlainText = (text: string): string =>
	parseMarkdown(text).map(getBlockText).join('\n');

const getBlockText = (block: Block): string =>
	(block.type === 'paragraph' ? block.lines : block.items).map(getInlineText).join('\n');

const getInlineText = (parts: Inline[]): string =>
	parts.map((part) => (typeof part === 'string' ? part : getInlineText(part.children))).join('');

/**
 * Returns whether Markdown contains one of the phrases as readers see them, even if formatted: "within **24 hours**". Ignores
 * case, typographic apostrophes, invisible characters and repeated whitespace.
 */
export function containsAnyPhrase(text: string, phrases: string[]): boolean {
	const parts = phrases.map(fold).filter((part) => part !== '');
	if (parts.length === 0) return false;
	const isIn = (folded: string) => parts.some((part) => folded.includes(part));
	return isIn(fold(text)) || (MARKS.test(text) && isIn(fold(toPlainText(text))));
}

const MARKS = /[*_~`[\\]/;

const APOSTROPHES = /[\u2018\u2019\u201b\u02bc\u2032\uff07`´]/g;
const fold = (text: string) =>
	text
		.normalize('NFKC')
		.replace(/\p{Cf}/gu, '')
		.replace(APOSTROPHES, "'")
		.replace(/\s+/g, ' ')
		.toLowerCase()
		.trim();
