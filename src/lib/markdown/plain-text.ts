import type { Inline } from './inline.ts';
import { parse, type Block } from './parse.ts';

/** Returns Markdown without its formatting, one line per paragraph line or list item. */
export const toPlainText = (text: string): string => parse(text).map(getBlockText).join('\n');

const getBlockText = (block: Block): string =>
	(block.type === 'paragraph' ? block.lines : block.items).map(getInlineText).join('\n');

const getInlineText = (parts: Inline[]): string =>
	parts.map((part) => (typeof part === 'string' ? part : getInlineText(part.children))).join('');
