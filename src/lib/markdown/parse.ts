import { parseInline, type Inline } from './inline';

export type Block =
	| { type: 'paragraph'; lines: Inline[][] }
	| { type: 'list'; start: number | null; items: Inline[][] };

const ITEM = /^ {0,3}(?:[-*+•]|(\d{1,4})[.)])\s+(\S.*)$/;
// The beginning of a list item whose words have not come yet.
const EMPTY_ITEM = /^ {0,3}(?:[-*+•]|\d{1,4}[.)])\s*$/;

/**
 * Reads the part of Markdown that a chat needs: paragraphs, lists, bold, italics and links. Everything else is
 * text. `isOpen` is for an answer that is still being written: what is begun there counts as meant.
 */
export function parse(text: string, isOpen = false): Block[] {
	const blocks: Block[] = [];
	const lines = text.split('\n');
	let current: Block | undefined;
	lines.forEach((line, at) => {
		const isLast = at === lines.length - 1;
		if (!line.trim()) {
			current = current?.type === 'list' ? current : undefined;
			return;
		}
		if (isOpen && isLast && EMPTY_ITEM.test(line)) return;
		const item = ITEM.exec(line);
		if (item) {
			const start = item[1] === undefined ? null : Number(item[1]);
			if (current?.type !== 'list' || (current.start === null) !== (start === null)) {
				current = { type: 'list', start, items: [] };
				blocks.push(current);
			}
			current.items.push(parseInline(item[2] ?? '', isOpen && isLast));
			return;
		}
		if (current?.type !== 'paragraph') {
			current = { type: 'paragraph', lines: [] };
			blocks.push(current);
		}
		current.lines.push(parseInline(line.trim(), isOpen && isLast));
	});
	return blocks;
}
