import { decodeHTMLStrict } from 'entities';
import { codeSpanAt, fenceAt, isFenceEnd, mayEndFence } from './code';
import {
	attributeOf,
	CITATION,
	DROPPED,
	ENTITY,
	FLOWING,
	isElement,
	LINES,
	MARKS,
	matchAt,
	MAX_CITATION,
	MAX_TAG,
	PARAGRAPHS,
	SPECIAL,
	TAG,
} from './html-elements';

/** Deeper lists stand below each other. */
const MAX_INDENT = 6;

interface List {
	/** The number of the next item; null: a list of dots. */
	next: number | null;
}

/**
 * Writes what a model's text has of HTML and entities in Markdown, and takes its marks of sources away, as the text
 * comes. Code stays as it is. The result is the same however the text is cut.
 */
export class Reducer {
	readonly #say: (text: string) => void;
	#rest = '';
	/** White space that is written when something follows it. */
	#space = '';
	/** Between two blocks of HTML: space there means nothing. */
	#isBetween = false;
	#line = '';
	#fence: string | undefined;
	#isPre = false;
	#flowing = 0;
	readonly #lists: List[] = [];
	#cells = 0;
	#isHead = false;
	readonly #links: (string | undefined)[] = [];
	/** A dropped element with what has come of it, which is text after all when it never ends. */
	#dropped: { name: string; text: string } | undefined;

	constructor(say: (text: string) => void) {
		this.#say = say;
	}

	push(piece: string): void {
		this.#rest += piece;
		while (this.#rest !== '' && this.#read(false));
	}

	end(): void {
		while (this.#rest !== '' && this.#read(true));
		const left = this.#dropped;
		this.#dropped = undefined;
		if (left) this.#write(left.text);
		if (this.#space !== '' && !this.#isBetween) this.#say(this.#space);
		this.#space = '';
	}

	#read(isEnd: boolean): boolean {
		if (this.#dropped) return this.#drop(this.#dropped, isEnd);
		if (this.#fence !== undefined) return this.#copyFence(this.#fence, isEnd);
		SPECIAL.lastIndex = 0;
		const at = SPECIAL.exec(this.#rest)?.index ?? this.#rest.length;
		if (at > 0) {
			this.#text(this.#take(at));
			return true;
		}
		switch (this.#rest.charAt(0)) {
			case '\n':
				this.#text(this.#take(1));
				return true;
			case '`':
				return this.#code(isEnd);
			case '<':
				return this.#tag(isEnd);
			case '&':
				return this.#entity(isEnd);
			default:
				return this.#citation(isEnd);
		}
	}

	#take(length: number): string {
		const taken = this.#rest.slice(0, length);
		this.#rest = this.#rest.slice(length);
		return taken;
	}

	#code(isEnd: boolean): boolean {
		const fence = this.#current().trim() === '' && !this.#isPre ? fenceAt(this.#rest, isEnd) : null;
		if (fence === undefined) return false;
		if (fence) this.#fence = fence.mark;
		const length = fence ? fence.length : this.#isPre ? 1 : codeSpanAt(this.#rest, isEnd);
		if (length === undefined) return false;
		this.#write(this.#take(length));
		return true;
	}

	#copyFence(fence: string, isEnd: boolean): boolean {
		const end = this.#rest.indexOf('\n');
		const line = end < 0 ? this.#rest : this.#rest.slice(0, end + 1);
		if (this.#current() === '') {
			if (end < 0 && !isEnd && mayEndFence(line)) return false;
			if (isFenceEnd(line, fence)) this.#fence = undefined;
		}
		this.#write(this.#take(line.length));
		return true;
	}

	#entity(isEnd: boolean): boolean {
		const [entity] = matchAt(ENTITY, this.#rest);
		if (entity === undefined) {
			if (!isEnd && /^&#?\w{0,32}$/.test(this.#rest)) return false;
			this.#write(this.#take(1));
			return true;
		}
		this.#take(entity.length);
		const decoded = decodeHTMLStrict(entity);
		this.#write(decoded === '\u00a0' ? ' ' : decoded);
		return true;
	}

	#citation(isEnd: boolean): boolean {
		const [citation] = matchAt(CITATION, this.#rest);
		const mayGrow = this.#rest.length < MAX_CITATION && !/^【[^】]*[】\n]/.test(this.#rest);
		if (!isEnd && mayGrow && (citation === undefined || citation.length === 1)) return false;
		if (citation === undefined) this.#write(this.#take(1));
		else this.#take(citation.length);
		return true;
	}

	#tag(isEnd: boolean): boolean {
		const rest = this.#rest;
		if (rest.startsWith('<!--')) {
			this.#dropped = { name: '!--', text: '' };
			return true;
		}
		const mayGrow = rest.length < MAX_TAG && /^<(?:\/?[a-z][^<>]*|\/|!-{0,1})?$/i.test(rest);
		if (!isEnd && mayGrow) return false;
		const [all, slash, given = '', attributes = '', isEmpty] = matchAt(TAG, rest.slice(0, MAX_TAG));
		const name = given.toLowerCase();
		if (all === undefined || !isElement(name)) {
			this.#write(this.#take(1));
			return true;
		}
		if (DROPPED.has(name)) {
			// A closing tag alone closes nothing.
			if (slash || isEmpty) this.#take(all.length);
			else this.#dropped = { name, text: '' };
			return true;
		}
		this.#take(all.length);
		if (slash) this.#close(name);
		else this.#open(name, attributes);
		return true;
	}

	#drop(dropped: { name: string; text: string }, isEnd: boolean): boolean {
		const end = dropped.name === '!--' ? /-->/ : new RegExp(`</${dropped.name}\\s*>`, 'i');
		// What has been looked at need not be looked at again, but for a tag that was cut in two.
		const known = Math.max(0, dropped.text.length - 40);
		dropped.text += this.#take(this.#rest.length);
		const match = end.exec(dropped.text.slice(known));
		if (match) {
			this.#rest = dropped.text.slice(known + match.index + match[0].length);
			this.#dropped = undefined;
		}
		return match !== null || isEnd;
	}

	#open(name: string, attributes: string): void {
		if (name === 'pre') {
			this.#break('\n');
			this.#write('```\n');
			this.#isPre = true;
		} else if (this.#isPre) return;
		else if (name === 'br') this.#lineBreak();
		else if (MARKS.has(name)) this.#write(MARKS.get(name) ?? '');
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
			this.#break(this.#lists.length > 0 ? '\n' : '\n\n');
			this.#lists.push({ next: name === 'ol' ? 1 : null });
		} else if (name === 'li') {
			const list = this.#lists.at(-1);
			this.#break('\n');
			const mark = list?.next == null ? '-' : `${list.next++}.`;
			this.#write(
				`${'  '.repeat(Math.min(Math.max(0, this.#lists.length - 1), MAX_INDENT))}${mark} `,
			);
			this.#isBetween = true;
		} else if (/^h[1-6]$/.test(name)) {
			this.#break('\n\n');
			this.#write(`${'#'.repeat(Number(name.slice(1)))} `);
			this.#isBetween = true;
		} else if (name === 'tr') {
			this.#break('\n');
			this.#cells = 0;
		} else if (name === 'table') {
			this.#break('\n\n');
			this.#isHead = true;
		} else if (name === 'blockquote') {
			this.#break('\n\n');
			this.#write('> ');
			this.#isBetween = true;
		} else if (name === 'p' && /^\s*(?:[-*>]|\d+\.)\s*$/.test(this.#current())) return;
		else this.#break(PARAGRAPHS.has(name) ? '\n\n' : LINES.has(name) ? '\n' : '');
	}

	#close(name: string): void {
		if (name === 'pre') {
			if (this.#isPre) {
				this.#space = '';
				this.#write('\n```');
			}
			this.#isPre = false;
			this.#break('\n');
			return;
		}
		if (this.#isPre) return;
		if (FLOWING.test(name)) this.#flowing = Math.max(0, this.#flowing - 1);
		if (MARKS.has(name)) this.#closeMark(MARKS.get(name) ?? '');
		else if (name === 'a') this.#closeLink();
		else if (name === 'td' || name === 'th') this.#closeMark(' |');
		else if (name === 'tr') this.#closeRow();
		else if (name === 'ul' || name === 'ol') {
			this.#lists.pop();
			if (this.#lists.length === 0) this.#flowing = 0;
			this.#break(this.#lists.length > 0 ? '\n' : '\n\n');
		} else if (PARAGRAPHS.has(name) || /^h[1-6]$/.test(name)) {
			this.#break(this.#lists.length > 0 ? '\n' : '\n\n');
		} else if (LINES.has(name)) this.#break('\n');
	}

	#openCell(): void {
		this.#cells++;
		this.#space = this.#cells === 1 ? this.#space : '';
		this.#write(this.#cells === 1 ? '| ' : ' ');
		this.#isBetween = true;
	}

	#closeRow(): void {
		if (this.#isHead && this.#cells > 0) {
			this.#break('\n');
			this.#write(`|${' --- |'.repeat(this.#cells)}`);
		}
		this.#isHead = false;
		this.#break('\n');
	}

	#openLink(href: string | undefined): void {
		const isUsable = href !== undefined && /^(?:https?:|mailto:|tel:)[^\s<>()]+$/i.test(href);
		this.#links.push(isUsable ? href : undefined);
		if (isUsable) this.#write('[');
	}

	#closeLink(): void {
		const href = this.#links.pop();
		if (href !== undefined) this.#closeMark(`](${href})`);
	}

	#image(attributes: string): void {
		const [src, alt] = [attributeOf(attributes, 'src'), attributeOf(attributes, 'alt')?.trim()];
		const isUsable = src !== undefined && /^https?:[^\s<>()]+$/i.test(src);
		if (isUsable) this.#write(`![${alt?.replace(/[[\]\n]/g, ' ') ?? ''}](${src})`);
		else if (alt) this.#write(alt);
	}

	/** A row of a table is one line. */
	#lineBreak(): void {
		if (/^\s*\|/.test(this.#current())) this.#space = ', ';
		else if (this.#line !== '' || this.#space !== '')
			this.#space = `${this.#space.replace(/[ \t]+$/, '')}\n`;
		this.#isBetween = this.#flowing > 0;
	}

	/** A block begins or ends: at least so many line breaks, and no other space. */
	#break(lines: string): void {
		if (lines === '') return;
		const breaks = this.#space.replace(/[^\n]/g, '');
		const isFirst = this.#line === '' && breaks === '';
		this.#space = isFirst ? '' : breaks.length > lines.length ? breaks : lines;
		this.#isBetween = true;
	}

	#text(text: string): void {
		const isFlowing = this.#flowing > 0 && !this.#isPre;
		const line = isFlowing ? text.replace(/\s+/g, ' ') : text;
		const shown = isFlowing && this.#space !== '' ? line.trimStart() : line;
		if (this.#isBetween && shown.trim() === '' && !this.#isPre) return;
		this.#write(this.#isBetween ? shown.trimStart() : shown);
	}

	#write(text: string): void {
		this.#isBetween = false;
		const visible = text.trimEnd();
		if (visible === '') {
			this.#space += text;
			return;
		}
		const said = this.#space + visible;
		this.#space = text.slice(visible.length);
		const end = said.lastIndexOf('\n');
		this.#line = (end < 0 ? this.#line + said : said.slice(end + 1)).slice(0, 200);
		this.#say(said);
	}

	#current(): string {
		const end = this.#space.lastIndexOf('\n');
		return end < 0 ? this.#line + this.#space : this.#space.slice(end + 1);
	}

	/** What closes stands before the space that follows it. */
	#closeMark(mark: string): void {
		const space = this.#space;
		this.#space = '';
		this.#write(mark);
		this.#space = mark === ' |' ? '' : space;
	}
}

/** A whole text, reduced to Markdown. */
export function reduce(text: string): string {
	const said: string[] = [];
	const reducer = new Reducer((piece) => said.push(piece));
	reducer.push(text);
	reducer.end();
	return said.join('');
}
