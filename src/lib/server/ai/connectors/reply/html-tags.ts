import { attributeOf, FLOWING, LINES, MARKS, PARAGRAPHS } from './html-elements.ts';
import type { MarkdownWriter } from './markdown-writer.ts';

/** Deeper lists stand below each other. */
const MAX_INDENT = 6;
/** Wider than any table that a chat shows. */
const MAX_CELLS = 50;

interface List {
	/** The number of the next item; null: a list of dots. */
	next: number | null;
}

/** Writes elements of HTML in Markdown, tag by tag. */
export class HtmlTags {
	readonly #writer: MarkdownWriter;
	isPre = false;
	#flowing = 0;
	readonly #lists: List[] = [];
	#cells = 0;
	#isHead = false;
	readonly #links: (string | undefined)[] = [];

	constructor(writer: MarkdownWriter) {
		this.#writer = writer;
	}

	/** Writes what an opening tag means. */
	open(name: string, attributes: string): void {
		if (name === 'pre') {
			this.#writer.break('\n');
			this.#writer.write('```\n');
			this.isPre = true;
		} else if (this.isPre) return;
		else if (name === 'br') {
			this.#writer.lineBreak();
			this.#writer.isBetween = this.#flowing > 0;
		} else if (MARKS.has(name)) this.#writer.write(MARKS.get(name) ?? '');
		else if (name === 'a') this.#openLink(attributeOf(attributes, 'href'));
		else if (name === 'img') this.#image(attributes);
		else if (name === 'td' || name === 'th') this.#openCell();
		else this.#openBlock(name);
		if (FLOWING.test(name)) this.#flowing++;
		// A paragraph that is never closed ends with the next one.
		if (name === 'p') this.#flowing = this.#lists.length > 0 ? 2 : 1;
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
			this.#writer.isBetween = true;
		} else if (/^h[1-6]$/.test(name)) {
			this.#writer.break('\n\n');
			this.#writer.write(`${'#'.repeat(Number(name.slice(1)))} `);
			this.#writer.isBetween = true;
		} else if (name === 'tr') {
			this.#writer.break('\n');
			this.#cells = 0;
		} else if (name === 'table') {
			this.#writer.break('\n\n');
			this.#isHead = true;
		} else if (name === 'blockquote') {
			this.#writer.break('\n\n');
			this.#writer.write('> ');
			this.#writer.isBetween = true;
		} else if (name === 'p' && /^\s*(?:[-*>]|\d+\.)\s*$/.test(this.#writer.current())) return;
		else this.#writer.break(PARAGRAPHS.has(name) ? '\n\n' : LINES.has(name) ? '\n' : '');
	}

	/** Writes what a closing tag means. */
	close(name: string): void {
		if (name === 'pre') {
			if (this.isPre) {
				this.#writer.dropSpace();
				this.#writer.write('\n```');
			}
			this.isPre = false;
			this.#writer.break('\n');
			return;
		}
		if (this.isPre) return;
		if (FLOWING.test(name)) this.#flowing = Math.max(0, this.#flowing - 1);
		if (MARKS.has(name)) this.#writer.closeMark(MARKS.get(name) ?? '');
		else if (name === 'a') this.#closeLink();
		else if (name === 'td' || name === 'th') this.#closeCell();
		else if (name === 'tr') this.#closeRow();
		else if (name === 'ul' || name === 'ol') {
			this.#lists.pop();
			if (this.#lists.length === 0) this.#flowing = 0;
			this.#writer.break(this.#lists.length > 0 ? '\n' : '\n\n');
		} else if (PARAGRAPHS.has(name) || /^h[1-6]$/.test(name)) {
			this.#writer.break(this.#lists.length > 0 ? '\n' : '\n\n');
		} else if (LINES.has(name)) this.#writer.break('\n');
	}

	#openCell(): void {
		const isFirst = this.#cells === 0;
		this.#cells = Math.min(this.#cells + 1, MAX_CELLS);
		if (!isFirst) this.#writer.dropSpace();
		this.#writer.write(isFirst ? '| ' : ' ');
		this.#writer.isBetween = true;
	}

	#closeCell(): void {
		this.#writer.closeMark(' |');
		this.#writer.dropSpace();
	}

	#closeRow(): void {
		if (this.#isHead && this.#cells > 0) {
			this.#writer.break('\n');
			this.#writer.write(`|${' --- |'.repeat(this.#cells)}`);
		}
		this.#isHead = false;
		this.#cells = 0;
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

	#image(attributes: string): void {
		const [src, alt] = [attributeOf(attributes, 'src'), attributeOf(attributes, 'alt')?.trim()];
		const isUsable = src !== undefined && /^https?:[^\s<>()]+$/i.test(src);
		if (isUsable) this.#writer.write(`![${alt?.replace(/[[\]\n]/g, ' ') ?? ''}](${src})`);
		else if (alt) this.#writer.write(alt);
	}

	/** Writes text as it is shown between the tags. */
	text(text: string): void {
		const isFlowing = this.#flowing > 0 && !this.isPre;
		const line = isFlowing ? text.replace(/\s+/g, ' ') : text;
		const shown = isFlowing && this.#writer.hasSpace ? line.trimStart() : line;
		const { isBetween } = this.#writer;
		if (isBetween && shown.trim() === '' && !this.isPre) return;
		this.#writer.write(isBetween ? shown.trimStart() : shown);
	}
}
