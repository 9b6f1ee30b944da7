import { parseInline, type Inline } from './inline.ts';

export type Block =
	| { type: 'paragraph'; lines: Inline[][] }
	| {
			type: 'list';
			start: number | null;
			/** The number of enclosing lists. Omitted for none. */
			depth?: number;
			items: Inline[][];
	  };

const ITEM = /^([ \t]{0,24})(?:[-*+•]|(\d{1,4})[.)])\s+(\S.*)$/;
// The start of a list item, heading, quote or fence whose text hasn't arrived yet.
const UNFINISHED_START = /^[ \t]{0,24}(?:[-*+•]|\d{1,4}[.)]|#{1,6}|>|`{1,3}\w*|\|[-:| ]*)\s*$/;
const FENCE = /^\s*(?:```|~~~)/;
const THEMATIC_BREAK = /^ {0,3}(?:(?:-\s*){3,}|(?:\*\s*){3,}|(?:_\s*){3,})$/;
const HEADING = /^ {0,3}#{1,6}\s+(\S.*)$/;
const TABLE_RULE = /^\s*\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?\s*$/;
const MAX_DEPTH = 3;
const TASKS: Record<string, string> = { '[ ]': '☐', '[x]': '☑', '[X]': '☑' };

/**
 * Parses the part of Markdown that a chat needs: paragraphs, lists, bold, italic, code and links. Other elements are
 * reduced to these: headings become bold, and table rows become lines. With `isOpen`, the text is still streaming, and
 * formatting that is open at its end is applied.
 */
export function parseMarkdown(text: string, isOpen = false): Block[] {
	const blocks: Block[] = [];
	const lines = text.split('\n');
	let current: Block | undefined;
	let isCode = false;
	/** Within a table, whose rows may lack the outer pipes. */
	let isTable = false;
	/** The lists that the current line can belong to, outermost first. */
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
			if (line.trim()) addLine([{ type: 'code', children: [preserveIndent(line)] }]);
			return;
		}
		if (!line.trim() || THEMATIC_BREAK.test(line)) {
			isTable = false;
			current = current?.type === 'list' && !line.trim() ? current : undefined;
			return;
		}
		if (isOpen && isLast && UNFINISHED_START.test(line)) return;
		const parseWords = (words: string) =>
			parseInline(isLast ? words : words.replace(/\\$/, ''), isOpen && isLast);
		const heading = HEADING.exec(line)?.[1];
		if (heading !== undefined) {
			current = undefined;
			addLine([{ type: 'bold', children: parseWords(cleanHeading(heading)) }]);
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
			// As in Markdown, repeated "1." items are numbered consecutively, and a higher number is kept.
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
			current.items.push(parseWords(words.replace(/^\[[ xX]\]/, (task) => TASKS[task] ?? task)));
			return;
		}
		const isHeader = line.includes('|') && isTableRule(lines[at + 1]);
		isTable = isHeader || (isTable && line.includes('|'));
		const isRow = isTable || line.trim().startsWith('|');
		if (isRow && TABLE_RULE.test(line)) return;
		if (!isRow) addLine(parseWords(line.replace(/^\s*(?:>\s?)+/, '').trim()));
		else if (isHeader) addLine([{ type: 'bold', children: parseWords(joinCells(line)) }]);
		else addLine(parseWords(joinCells(line)));
	});
	return blocks;
}

const isTableRule = (line = ''): boolean => line.includes('|') && TABLE_RULE.test(line);

/** Excludes inline code at the start of a line, which looks like a fence. */
const isFence = (line: string): boolean => !/`/.test(line.trim().replace(/^`+/, ''));

/** Removes closing `#`s and bold markers, since the whole heading is bold. */
const cleanHeading = (words: string): string =>
	words.replace(/\s+#+\s*$/, '').replace(/^(\*\*|__)(.{1,300})\1$/, '$2');

/** Preserves the indentation of code. */
const preserveIndent = (line: string): string =>
	line.replace(/^[ \t]+/, (space) => '\u00a0'.repeat(space.replace(/\t/g, '  ').length));

/** Joins the cells of a table row into one line. */
const joinCells = (line: string): string =>
	line
		.trim()
		.replace(/^\||\|$/g, '')
		.split('|')
		.map((cell) => cell.trim())
		.filter(Boolean)
		.join(' · ');
