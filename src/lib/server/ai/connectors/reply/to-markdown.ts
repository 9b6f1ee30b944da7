import { decodeHTMLStrict } from 'entities';
import { matchCodeSpan, matchFence, isFenceEnd, canEndFence } from './code.ts';
import {
	AUTOLINK,
	CITATION,
	DROPPED_ELEMENTS,
	getEndPattern,
	getSeparatorLength,
	isBeforeJson,
	PLACEHOLDER_TAG,
	ENTITY,
	isElement,
	matchStart,
	MAX_CITATION_LENGTH,
	MAX_PLACEHOLDER_LENGTH,
	MAX_TAG_LENGTH,
	OPEN_PLACEHOLDER,
	OPEN_SOURCE_MARK,
	PLACEHOLDER,
	SOURCE_MARK,
	SPECIAL,
	TAG,
	HtmlTagConverter,
	type DroppedElement,
} from './html-tags.ts';
import { Footnotes, matchFormula } from './formula.ts';
import { isEscapedBreak } from './escaped-break.ts';
import { MarkdownWriter } from './markdown-writer.ts';

/** The length of a dropped element's tail: longer than any closing tag, so that tags split between chunks are found. */
const TAIL_LENGTH = 40;

/** Matches a character that was escaped twice, other than a control character. */
const ESCAPED_CHARACTER = /\\u((?!00[01])[\da-f]{4})/iy;

/**
 * Converts a model's text to Markdown as it arrives: HTML tags and entities become Markdown, formulas and footnotes plain
 * text; source citations and placeholders are removed, code is left alone. The result doesn't depend on how the text is chunked.
 */
export class MarkdownConverter {
	readonly #write: (text: string) => void;
	readonly #writer = new MarkdownWriter();
	readonly #tags = new HtmlTagConverter(this.#writer);
	readonly #footnotes = new Footnotes();
	#rest = '';
	#fence: string | undefined;
	/** The names of the tags that were removed as placeholders, whose closing tags are removed as well. */
	readonly #placeholderTags = new Set<string>();
	/** The open element that is being dropped. If it is never closed, its text is kept. */
	#dropped: DroppedElement | undefined;

	constructor(write: (text: string) => void) {
		this.#write = write;
	}

	push(chunk: string): void {
		this.#rest += chunk;
		while (this.#rest !== '' && this.#convertNext(false));
		this.#flush();
	}

	end(): void {
		while (this.#rest !== '' && this.#convertNext(true));
		const unclosed = this.#dropped;
		this.#dropped = undefined;
		if (unclosed) this.#writer.write(unclosed.texts.join('') + unclosed.tail);
		this.#writer.end();
		this.#flush();
	}

	/** Writes the converted text of a chunk at once. */
	#flush(): void {
		const text = this.#writer.drain();
		if (text !== '') this.#write(text);
	}

	#convertNext(isEnd: boolean): boolean {
		if (this.#dropped) return this.#drop(this.#dropped, isEnd);
		if (this.#fence !== undefined) return this.#copyFence(this.#fence, isEnd);
		SPECIAL.lastIndex = 0;
		const at = SPECIAL.exec(this.#rest)?.index ?? this.#rest.length;
		if (at > 0) {
			this.#tags.writeText(this.#take(at));
			return true;
		}
		switch (this.#rest.charAt(0)) {
			case '\n':
				this.#tags.writeText(this.#take(1));
				return true;
			case '`':
				return this.#convertCode(isEnd);
			case '<':
				return this.#convertTag(isEnd);
			case '&':
				return this.#convertEntity(isEnd);
			case '\\':
			case '$':
				return this.#convertFormula(isEnd);
			case '[':
				return this.#convertFootnote(isEnd);
			case '{':
				return this.#convertBraces(isEnd);
			default:
				return this.#removeCitation(isEnd);
		}
	}

	#take(length: number): string {
		const taken = this.#rest.slice(0, length);
		this.#rest = this.#rest.slice(length);
		return taken;
	}

	#convertCode(isEnd: boolean): boolean {
		const fence =
			this.#writer.getCurrentLine().trim() === '' && !this.#tags.isInsidePre
				? matchFence(this.#rest, isEnd)
				: null;
		if (fence === undefined) return false;
		if (fence) this.#fence = fence.mark;
		const length = fence
			? fence.length
			: this.#tags.isInsidePre
				? 1
				: matchCodeSpan(this.#rest, isEnd);
		if (length === undefined) return false;
		this.#writer.write(this.#take(length));
		return true;
	}

	#copyFence(fence: string, isEnd: boolean): boolean {
		const end = this.#rest.indexOf('\n');
		const line = end < 0 ? this.#rest : this.#rest.slice(0, end + 1);
		if (this.#writer.getCurrentLine() === '') {
			if (end < 0 && !isEnd && canEndFence(line)) return false;
			if (isFenceEnd(line, fence)) this.#fence = undefined;
		}
		this.#writer.write(this.#take(line.length));
		return true;
	}

	#convertEntity(isEnd: boolean): boolean {
		const [entity] = matchStart(ENTITY, this.#rest);
		if (entity === undefined) {
			if (!isEnd && /^&#?\w{0,32}$/.test(this.#rest)) return false;
			this.#writer.write(this.#take(1));
			return true;
		}
		this.#take(entity.length);
		const decoded = decodeHTMLStrict(entity);
		this.#writer.write(decoded === '\u00a0' ? ' ' : decoded);
		return true;
	}

	#convertFormula(isEnd: boolean): boolean {
		const found = matchFormula(this.#rest, isEnd);
		if (found === undefined) return false;
		if (found) {
			this.#take(found.length);
			this.#writer.write(found.text);
		} else {
			const isBreak = isEscapedBreak(this.#rest, isEnd);
			if (isBreak === undefined) return false;
			if (!isEnd && /^\\u[\da-f]{0,3}$/i.test(this.#rest)) return false;
			const [escaped, code = ''] = matchStart(ESCAPED_CHARACTER, this.#rest);
			if (escaped !== undefined) {
				this.#take(escaped.length);
				this.#writer.write(String.fromCharCode(Number.parseInt(code, 16)));
				return true;
			}
			// Copies an escaped backslash or a run of dollar signs as a unit.
			const [run = ''] = matchStart(/\\\\|\\["$]|\$+|\\/y, this.#rest);
			const taken = this.#take(isBreak ? 2 : run.length);
			this.#writer.write(isBreak ? '\n' : taken.replace(/^\\(?=["$])/, ''));
		}
		return true;
	}

	#convertFootnote(isEnd: boolean): boolean {
		if (!isEnd && OPEN_SOURCE_MARK.test(this.#rest)) return false;
		const [mark] = matchStart(SOURCE_MARK, this.#rest);
		if (mark !== undefined) {
			this.#take(mark.length);
			return true;
		}
		const isLineStart = this.#writer.getCurrentLine().trim() === '';
		const found = this.#footnotes.match(this.#rest, isLineStart, isEnd);
		if (found === undefined) return false;
		if (found) this.#take(found.length);
		this.#writer.write(found ? found.text : this.#take(1));
		return true;
	}

	#convertBraces(isEnd: boolean): boolean {
		const [found] = matchStart(PLACEHOLDER, this.#rest.slice(0, MAX_PLACEHOLDER_LENGTH));
		if (found !== undefined) return this.#removePlaceholder(found.length, isEnd);
		const mayGrow = this.#rest.length < MAX_PLACEHOLDER_LENGTH && OPEN_PLACEHOLDER.test(this.#rest);
		if (mayGrow && !isEnd) return false;
		this.#writer.write(this.#take(1));
		return true;
	}

	/** Removes a placeholder. If a space precedes it, also removes the comma and the space after it: "Hello {{name}}, …". */
	#removePlaceholder(length: number, isEnd: boolean): boolean {
		const after = this.#rest.slice(length, length + 2);
		const separatorLength = getSeparatorLength(this.#writer.getCurrentLine(), after);
		if (separatorLength === undefined && !isEnd) return false;
		this.#take(length + (separatorLength ?? 0));
		return true;
	}

	/** Removes a placeholder that looks like a tag, unless it marks JSON. Returns `undefined` if there is none. */
	#convertPlaceholderTag(isEnd: boolean): boolean | undefined {
		const [all, slash, name = ''] = matchStart(PLACEHOLDER_TAG, this.#rest);
		if (all === undefined) return undefined;
		if (slash) {
			if (!this.#placeholderTags.has(name)) return undefined;
			this.#take(all.length);
			return true;
		}
		const marksJson = isBeforeJson(this.#rest.slice(all.length, all.length + 7));
		if (marksJson) return undefined;
		if (marksJson === undefined && !isEnd) return false;
		const isRemoved = this.#removePlaceholder(all.length, isEnd);
		if (isRemoved) this.#placeholderTags.add(name);
		return isRemoved;
	}

	#removeCitation(isEnd: boolean): boolean {
		const [citation] = matchStart(CITATION, this.#rest);
		const mayGrow = this.#rest.length < MAX_CITATION_LENGTH && !/^【[^】]*[】\n]/.test(this.#rest);
		if (!isEnd && mayGrow && (citation === undefined || citation.length === 1)) return false;
		if (citation === undefined) this.#writer.write(this.#take(1));
		else this.#take(citation.length);
		return true;
	}

	#convertTag(isEnd: boolean): boolean {
		const rest = this.#rest;
		if (rest.startsWith('<!--')) {
			this.#dropped = { name: '!--', texts: [], tail: '' };
			return true;
		}
		const mayGrow = rest.length < MAX_TAG_LENGTH && /^<(?:\/?[a-z][^<>]*|\/|!-{0,1})?$/i.test(rest);
		if (!isEnd && mayGrow) return false;
		const [address, content = ''] = matchStart(AUTOLINK, rest.slice(0, MAX_TAG_LENGTH));
		if (address !== undefined) {
			this.#take(address.length);
			this.#writer.write(content);
			return true;
		}
		const isPlaceholder = this.#convertPlaceholderTag(isEnd);
		if (isPlaceholder !== undefined) return isPlaceholder;
		const [all, slash, given = '', attributes = '', selfClosing] = matchStart(
			TAG,
			rest.slice(0, MAX_TAG_LENGTH),
		);
		const name = given.toLowerCase();
		if (all === undefined || !isElement(name)) {
			this.#writer.write(this.#take(1));
			return true;
		}
		if (DROPPED_ELEMENTS.has(name)) {
			// Stray closing tags and self-closing tags have no content to drop.
			if (slash || selfClosing) this.#take(all.length);
			else this.#dropped = { name, texts: [], tail: '' };
			return true;
		}
		this.#take(all.length);
		if (slash) this.#tags.close(name);
		else this.#tags.open(name, attributes);
		return true;
	}

	#drop(dropped: DroppedElement, isEnd: boolean): boolean {
		const text = dropped.tail + this.#take(this.#rest.length);
		const match = getEndPattern(dropped.name).exec(text);
		if (match) {
			this.#rest = text.slice(match.index + match[0].length);
			this.#dropped = undefined;
			return true;
		}
		dropped.texts.push(text.slice(0, -TAIL_LENGTH));
		dropped.tail = text.slice(-TAIL_LENGTH);
		return isEnd;
	}
}

/** Converts a whole text to Markdown. */
export function toMarkdown(text: string): string {
	const chunks: string[] = [];
	const converter = new MarkdownConverter((chunk) => chunks.push(chunk));
	converter.push(text);
	converter.end();
	return chunks.join('');
}
