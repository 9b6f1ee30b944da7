import { decodeHTMLStrict } from 'entities';
import type { MarkdownWriter } from './markdown-writer.ts';

/** HTML elements that become Markdown marks. */
const MARKS = new Map([
	...['b', 'strong'].map((name) => [name, '**'] as const),
	...['i', 'em'].map((name) => [name, '*'] as const),
	...['s', 'del', 'strike'].map((name) => [name, '~~'] as const),
	['code', '`'] as const,
]);
/** Elements that are separated by blank lines. */
const BLOCK_ELEMENTS = new Set([
	'p',
	'blockquote',
	'table',
	'ul',
	'ol',
	'dl',
	'hr',
	'figure',
	'article',
	'section',
]);
/** Elements that start on a new line. */
const LINE_ELEMENTS = new Set(
	'div header footer main nav aside center li dt dd tr details summary figcaption body html'.split(
		' ',
	),
);
/** Elements in which a line break counts as a space. */
const COLLAPSES_LINE_BREAKS = /^(?:p|li|h[1-6]|td|th|dt|dd|summary|figcaption)$/;
/** Elements that are removed with their content. */
export const DROPPED_ELEMENTS = new Set(
	'script style svg head template noscript iframe canvas video audio'.split(' '),
);
/** Other elements whose tags are converted or removed. */
const OTHER_ELEMENTS = new Set(
	'a img span u font small big mark abbr sub sup ins kbd pre thead tbody tfoot colgroup col td th br wbr button message speak'.split(
		' ',
	),
);
export const isElement = (name: string) =>
	MARKS.has(name) ||
	BLOCK_ELEMENTS.has(name) ||
	LINE_ELEMENTS.has(name) ||
	DROPPED_ELEMENTS.has(name) ||
	OTHER_ELEMENTS.has(name) ||
	/^h[1-6]$/.test(name);

export const TAG =
	/<(\/?)([a-z][a-z0-9]{0,20})((?:\s+[^<>"'=\s]+(?:\s*=\s*(?:"[^"<>]*"|'[^'<>]*'|[^\s"'<>]*))?){0,20})\s*(\/?)>/iy;
/** Matches a link in angle brackets, which the chat recognizes without them. */
export const AUTOLINK = /<((?:https?:\/\/|mailto:|tel:)[^\s<>]+|[\w.+-]+@[\w-]+\.[\w.-]+)>/iy;
export const ENTITY = /&(?:#\d{1,7}|#x[\da-f]{1,6}|[a-z][a-z\d]{1,31});/iy;
/** Matches source citations that providers' search tools insert. */
export const CITATION =
	/【[^【】†\n]{0,60}†[^【】\n]{0,80}】|【[\da-f:-]{32,120}】|\ue200[^\ue200\ue201]{0,200}\ue201|[\ue200-\ue206]/y;
/** Matches the marks of Gemini's sources, and one whose end hasn't arrived. */
export const SOURCE_MARK = /\[cite(?:_start|_end|: ?\d[\d,\s.-]{0,60})\]/iy;
export const OPEN_SOURCE_MARK = /^\[(?:c|ci|cit|cite(?:_[a-z]{0,5}|:[\d,\s.-]{0,62})?)?$/i;
/** Matches an expression or a template variable that was sent instead of its value, and a tag of a template: "{% if name %}". */
export const PLACEHOLDER =
	/\{\{(?:[^{}\n]|\{[^{}\n]{0,100}\}){1,300}\}\}|\{%[-+]?\s{0,3}[a-z](?:(?!%\})[^\n]){0,300}%\}/y;
/** Matches a placeholder whose end hasn't arrived. */
export const OPEN_PLACEHOLDER = /^\{(?:\{(?:(?!\}\})[^\n])*|%(?:(?!%\})[^\n])*%?)?$/;
/** Matches a placeholder that a model wrote as a tag: "<your_name>". HTML elements have no underscore. */
export const PLACEHOLDER_TAG = /<(\/?)([a-z][a-z\d]{0,20}(?:_[a-z\d]{1,20}){1,4})>/iy;
/** Returns whether a tag that this text follows marks JSON: "<lead_data>{"; `undefined` if more text is needed. */
export const isBeforeJson = (after: string): boolean | undefined =>
	/^\s{0,4}`{0,2}$/.test(after) ? undefined : /^\s{0,4}(?:\{|`{3})/.test(after);
/** Returns the length of the punctuation and space that are removed with a placeholder; `undefined` if more text is needed. */
export function getSeparatorLength(line: string, after: string): number | undefined {
	if (/^[,:]?$/.test(after)) return undefined;
	const pattern = line.trim() === '' ? /^[,:]? / : /\s$/.test(line) ? /^,? / : /^/;
	return pattern.exec(after)?.[0].length ?? 0;
}
export const MAX_PLACEHOLDER_LENGTH = 400;
export const MAX_TAG_LENGTH = 2100;
export const MAX_CITATION_LENGTH = 220;
export const SPECIAL = /[<&`\n\\$[{【\ue200-\ue206]/g;

/** An element that is being dropped. */
export interface DroppedElement {
	name: string;
	/** The text before the tail, in chunks. */
	texts: string[];
	/** The end of the text, which may contain part of the closing tag. */
	tail: string;
}

const END_PATTERNS = new Map(
	[...DROPPED_ELEMENTS].map((name) => [name, new RegExp(`</${name}\\s{0,20}>`, 'i')] as const),
);

/** Returns the pattern that matches the end of a dropped element or a comment. */
export const getEndPattern = (name: string): RegExp => END_PATTERNS.get(name) ?? /-->/;

const VALUE = `\\s*=\\s*(?:"([^"]*)"|'([^']*)'|([^\\s"']+))`;
const ATTRIBUTES = {
	href: new RegExp(`\\shref${VALUE}`, 'i'),
	src: new RegExp(`\\ssrc${VALUE}`, 'i'),
	alt: new RegExp(`\\salt${VALUE}`, 'i'),
};

function readAttribute(attributes: string, name: keyof typeof ATTRIBUTES): string | undefined {
	const match = ATTRIBUTES[name].exec(attributes);
	const value = match?.[1] ?? match?.[2] ?? match?.[3];
	return value === undefined ? undefined : decodeHTMLStrict(value).trim();
}

export function matchStart(pattern: RegExp, text: string): (string | undefined)[] {
	pattern.lastIndex = 0;
	return pattern.exec(text) ?? [];
}

/** Deeper lists aren't indented any further. */
const MAX_INDENT = 6;
/** The maximum number of columns in a table. */
const MAX_COLUMNS = 50;

interface List {
	/** The number of the next item; null in an unordered list. */
	next: number | null;
}

/** Converts HTML tags to Markdown, one at a time. */
export class HtmlTagConverter {
	readonly #writer: MarkdownWriter;
	isInsidePre = false;
	/** The number of open elements in which a line break counts as a space. */
	#collapsingDepth = 0;
	readonly #lists: List[] = [];
	#cellCount = 0;
	#isHeaderRow = false;
	readonly #links: (string | undefined)[] = [];
	/** The names of the open formatting tags, with duplicates. */
	readonly #marks: string[] = [];
	#hasText = false;

	constructor(writer: MarkdownWriter) {
		this.#writer = writer;
	}

	/** Writes the Markdown for an opening tag. */
	open(name: string, attributes: string): void {
		if (name === 'pre') {
			this.#writer.break('\n');
			this.#writer.write('```\n');
			this.isInsidePre = true;
		} else if (this.isInsidePre) return;
		else if (name === 'br') {
			this.#writer.writeLineBreak();
			this.#writer.isBetweenBlocks = this.#collapsingDepth > 0;
		} else if (MARKS.has(name)) this.#openMark(name);
		else if (name === 'a') this.#openLink(readAttribute(attributes, 'href'));
		else if (name === 'img') this.#writeImage(attributes);
		else if (name === 'td' || name === 'th') this.#openCell();
		else this.#openBlock(name);
		if (COLLAPSES_LINE_BREAKS.test(name)) this.#collapsingDepth++;
		// An unclosed paragraph ends where the next one begins.
		if (name === 'p') this.#collapsingDepth = this.#lists.length > 0 ? 2 : 1;
	}

	#openBlock(name: string): void {
		if (name === 'ul' || name === 'ol') {
			this.#writer.break(this.#lists.length > 0 ? '\n' : '\n\n');
			this.#lists.push({ next: name === 'ol' ? 1 : null });
		} else if (name === 'li') {
			const list = this.#lists.at(-1);
			this.#writer.break('\n');
			const mark = list?.next == null ? '-' : `${list.next++}.`;
			this.#writer.write(
				`${'  '.repeat(Math.min(Math.max(0, this.#lists.length - 1), MAX_INDENT))}${mark} `,
			);
			this.#writer.isBetweenBlocks = true;
		} else if (/^h[1-6]$/.test(name)) {
			this.#writer.break('\n\n');
			this.#writer.write(`${'#'.repeat(Number(name.slice(1)))} `);
			this.#writer.isBetweenBlocks = true;
		} else if (name === 'tr') {
			this.#writer.break('\n');
			this.#cellCount = 0;
		} else if (name === 'table') {
			this.#writer.break('\n\n');
			this.#isHeaderRow = true;
		} else if (name === 'blockquote') {
			this.#writer.break('\n\n');
			this.#writer.write('> ');
			this.#writer.isBetweenBlocks = true;
		} else if (name === 'p' && /^\s*(?:[-*>]|\d+\.)\s*$/.test(this.#writer.getCurrentLine()))
			return;
		else
			this.#writer.break(BLOCK_ELEMENTS.has(name) ? '\n\n' : LINE_ELEMENTS.has(name) ? '\n' : '');
	}

	/** Writes the Markdown for a closing tag. */
	close(name: string): void {
		if (name === 'pre') {
			if (this.isInsidePre) {
				this.#writer.dropSpace();
				this.#writer.write('\n```');
			}
			this.isInsidePre = false;
			this.#writer.break('\n');
			return;
		}
		if (this.isInsidePre) return;
		if (COLLAPSES_LINE_BREAKS.test(name))
			this.#collapsingDepth = Math.max(0, this.#collapsingDepth - 1);
		if (MARKS.has(name)) this.#closeMark(name);
		else if (name === 'a') this.#closeLink();
		else if (name === 'td' || name === 'th') this.#closeCell();
		else if (name === 'tr') this.#closeRow();
		else if (name === 'ul' || name === 'ol') {
			this.#lists.pop();
			if (this.#lists.length === 0) this.#collapsingDepth = 0;
			this.#writer.break(this.#lists.length > 0 ? '\n' : '\n\n');
		} else if (BLOCK_ELEMENTS.has(name) || /^h[1-6]$/.test(name)) {
			this.#writer.break(this.#lists.length > 0 ? '\n' : '\n\n');
		} else if (LINE_ELEMENTS.has(name)) this.#writer.break('\n');
	}

	#openMark(name: string): void {
		// At the beginning, `<s>` is a model's start token.
		if (name === 's' && !this.#hasText) return;
		this.#marks.push(name);
		this.#writer.write(MARKS.get(name) ?? '');
	}

	/** Ignores a closing tag that nothing opened, such as the end token `</s>`. */
	#closeMark(name: string): void {
		const at = this.#marks.lastIndexOf(name);
		if (at < 0) return;
		this.#marks.splice(at, 1);
		this.#writer.closeMark(MARKS.get(name) ?? '');
	}

	#openCell(): void {
		const isFirst = this.#cellCount === 0;
		this.#cellCount = Math.min(this.#cellCount + 1, MAX_COLUMNS);
		if (!isFirst) this.#writer.dropSpace();
		this.#writer.write(isFirst ? '| ' : ' ');
		this.#writer.isBetweenBlocks = true;
	}

	#closeCell(): void {
		this.#writer.closeMark(' |');
		this.#writer.dropSpace();
	}

	#closeRow(): void {
		if (this.#isHeaderRow && this.#cellCount > 0) {
			this.#writer.break('\n');
			this.#writer.write(`|${' --- |'.repeat(this.#cellCount)}`);
		}
		this.#isHeaderRow = false;
		this.#cellCount = 0;
		this.#writer.break('\n');
	}

	#openLink(href: string | undefined): void {
		const isUsable = href !== undefined && /^(?:https?:|mailto:|tel:)[^\s<>()]+$/i.test(href);
		this.#links.push(isUsable ? href : undefined);
		if (isUsable) this.#writer.write('[');
	}

	#closeLink(): void {
		const href = this.#links.pop();
		if (href !== undefined) this.#writer.closeMark(`](${href})`);
	}

	#writeImage(attributes: string): void {
		const [src, alt] = [readAttribute(attributes, 'src'), readAttribute(attributes, 'alt')?.trim()];
		const isUsable = src !== undefined && /^https?:[^\s<>()]+$/i.test(src);
		if (isUsable) this.#writer.write(`![${alt?.replace(/[[\]\n]/g, ' ') ?? ''}](${src})`);
		else if (alt) this.#writer.write(alt);
	}

	/** Writes text between tags, with whitespace collapsed as HTML does. */
	writeText(text: string): void {
		this.#hasText ||= text.trim() !== '';
		const isCollapsing = this.#collapsingDepth > 0 && !this.isInsidePre;
		const line = isCollapsing ? text.replace(/\s+/g, ' ') : text;
		const shown = isCollapsing && this.#writer.hasSpace ? line.trimStart() : line;
		const { isBetweenBlocks } = this.#writer;
		if (isBetweenBlocks && shown.trim() === '' && !this.isInsidePre) return;
		this.#writer.write(isBetweenBlocks ? shown.trimStart() : shown);
	}
}
