import { parseInline, type Inline } from './inline.ts';

export type Block =
	| { type: 'paragraph'; lines: Inline[][] }
	| {
			type: 'list';
			start: number | null;
			/** How many lists it stands in; left out: none. */
			depth?: number;
			items: Inline[][];
	  };

const ITEM = /^([ \t]{0,24})(?:[-*+•]|(\d{1,4})[.)])\s+(\S.*)$/;
// The beginning of a list item, a heading, a quotation or a fence whose words have not come yet.
const EMPTY = /^[ \t]{0,24}(?:[-*+•]|\d{1,4}[.)]|#{1,6}|>|`{1,3}\w*|\|[-:| ]*)\s*$/;
const FENCE = /^\s*(?:```|~~~)/;
const RULE = /^ {0,3}(?:(?:-\s*){3,}|(?:\*\s*){3,}|(?:_\s*){3,})$/;
const HEADING = /^ {0,3}#{1,6}\s+(\S.*)$/;
const TABLE_RULE = /^\s*\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?\s*$/;
const MAX_DEPTH = 3;
const TASKS: Record<string, string> = { '[ ]': '☐', '[x]': '☑', '[X]': '☑' };

/**
 * Reads the part of Markdown that a chat needs: paragraphs, lists, bold, italics, code and links. What is meant for a
 * page is reduced to these: headings are bold, rows of tables are lines. `isOpen` is for an answer that is still being
 * written: what is begun there counts as meant.
 */
export function parse(text: string, isOpen = false): Block[] {
	const blocks: Block[] = [];
	const lines = text.split('\n');
	let current: Block | undefined;
	let isCode = false;
	/** The lists that the present line may belong to, from the outermost in. */
	let lists: { indent: number; count: number }[] = [];
	const addLine = (line: Inline[]) => {
		if (current?.type !== 'paragraph') {
			current = { type: 'paragraph', lines: [] };
			blocks.push(current);
		}
		current.lines.push(line);
	};
	lines.forEach((line, at) => {
		const isLast = at === lines.length - 1;
		if (FENCE.test(line) && (isCode || isFence(line))) {
			isCode = !isCode;
			current = undefined;
			return;
		}
		if (isCode) {
			if (line.trim()) addLine([{ type: 'code', children: [indented(line)] }]);
			return;
		}
		if (!line.trim() || RULE.test(line)) {
			current = current?.type === 'list' && !line.trim() ? current : undefined;
			return;
		}
		if (isOpen && isLast && EMPTY.test(line)) return;
		const inline = (words: string) => parseInline(words, isOpen && isLast);
		const heading = HEADING.exec(line)?.[1];
		if (heading !== undefined) {
			current = undefined;
			addLine([{ type: 'bold', children: inline(plainHeading(heading)) }]);
			current = undefined;
			return;
		}
		const item = ITEM.exec(line);
		if (item) {
			const [, space = '', number, words = ''] = item;
			if (current?.type !== 'list') lists = [];
			const indent = space.replaceAll('\t', '    ').length;
			while (lists.length > 0 && indent < (lists.at(-1)?.indent ?? 0)) lists.pop();
			if (lists.length === 0 || indent > (lists.at(-1)?.indent ?? 0) + 1)
				lists.push({ indent, count: 0 });
			const list = lists.at(-1);
			const depth = Math.min(lists.length - 1, MAX_DEPTH);
			const before = list?.count ?? 0;
			// "1." again and again counts on, as Markdown has it; a number further on is meant.
			const start = number === undefined ? null : Math.max(Number(number), before && before + 1);
			if (
				current?.type !== 'list' ||
				(current.depth ?? 0) !== depth ||
				(current.start === null) !== (start === null) ||
				(start !== null && before > 0 && start > before + 1)
			) {
				current = { type: 'list', start, ...(depth > 0 && { depth }), items: [] };
				blocks.push(current);
			}
			if (list) list.count = start ?? 0;
			current.items.push(inline(words.replace(/^\[[ xX]\]/, (task) => TASKS[task] ?? task)));
			return;
		}
		const isRow = line.trim().startsWith('|');
		if (isRow && TABLE_RULE.test(line)) return;
		if (!isRow) addLine(inline(line.replace(/^\s*(?:>\s?)+/, '').trim()));
		else if (TABLE_RULE.test(lines[at + 1] ?? ''))
			addLine([{ type: 'bold', children: inline(rowOf(line)) }]);
		else addLine(inline(rowOf(line)));
	});
	return blocks;
}

/** Code in a line that only begins like a fence is none. */
const isFence = (line: string): boolean => !/`/.test(line.trim().replace(/^`+/, ''));

/** All of a heading is bold already. */
const plainHeading = (words: string): string =>
	words.replace(/\s+#+\s*$/, '').replace(/^(\*\*|__)(.{1,300})\1$/, '$2');

/** Space at the beginning of a line of code means something. */
const indented = (line: string): string =>
	line.replace(/^[ \t]+/, (space) => '\u00a0'.repeat(space.replace(/\t/g, '  ').length));

/** The cells of a table's row, as words of one line. */
const rowOf = (line: string): string =>
	line
		.trim()
		.replace(/^\||\|$/g, '')
		.split('|')
		.map((cell) => cell.trim())
		.filter(Boolean)
		.join(' · ');
