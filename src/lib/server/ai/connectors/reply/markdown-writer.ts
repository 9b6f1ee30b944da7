/** Longer runs of whitespace are truncated to this length. */
const MAX_SPACE_LENGTH = 80;
/** The maximum length of the buffered start of the current line; enough to recognize its structure. */
const MAX_LINE_LENGTH = 200;

/** Writes Markdown, and holds back whitespace until text follows it. */
export class MarkdownWriter {
	#out = '';
	/** Whitespace that is written when text follows it. */
	#space = '';
	#line = '';
	/** Whether the position is between two HTML blocks, where whitespace is insignificant. */
	isBetweenBlocks = false;

	write(text: string): void {
		this.isBetweenBlocks = false;
		const visible = text.trimEnd();
		if (visible === '') {
			this.#addSpace(text);
			return;
		}
		const out = this.#space + visible;
		this.#space = '';
		this.#addSpace(text.slice(visible.length));
		const end = out.lastIndexOf('\n');
		if (end >= 0) this.#line = out.slice(end + 1, end + 1 + MAX_LINE_LENGTH);
		else if (this.#line.length < MAX_LINE_LENGTH)
			this.#line = (this.#line + out).slice(0, MAX_LINE_LENGTH);
		this.#out += out;
	}

	/** Writes a closing mark before the pending whitespace. */
	closeMark(mark: string): void {
		const space = this.#space;
		this.#space = '';
		this.write(mark);
		this.#space = space;
	}

	/** Starts or ends a block: replaces pending whitespace with at least these line breaks. */
	break(lines: '' | '\n' | '\n\n'): void {
		if (lines === '') return;
		const breaks = this.#space.replace(/[^\n]+/g, '');
		const isFirst = this.#line === '' && breaks === '';
		this.#space = isFirst ? '' : breaks.length > lines.length ? breaks : lines;
		this.isBetweenBlocks = true;
	}

	writeLineBreak(): void {
		// A table row must stay on one line.
		if (/^\s*\|/.test(this.getCurrentLine())) this.#space = ', ';
		else if (this.#line !== '' || this.#space !== '') {
			this.#space = this.#space.replace(/(?<![ \t])[ \t]+$/, '');
			this.#addSpace('\n');
		}
	}

	dropSpace(): void {
		this.#space = '';
	}

	/** Returns the current line, including trailing whitespace. */
	getCurrentLine(): string {
		const end = this.#space.lastIndexOf('\n');
		return end < 0 ? this.#line + this.#space : this.#space.slice(end + 1);
	}

	get hasSpace(): boolean {
		return this.#space !== '';
	}

	/** Returns the text written since the last call. */
	drain(): string {
		const out = this.#out;
		this.#out = '';
		return out;
	}

	/** Flushes trailing whitespace. */
	end(): void {
		if (!this.isBetweenBlocks) this.#out += this.#space;
		this.#space = '';
	}

	/** Caps whitespace independently of how it is chunked: keeps its beginning, and a line break if the rest has one. */
	#addSpace(space: string): void {
		const all = this.#space + space;
		const end = MAX_SPACE_LENGTH - 1;
		this.#space =
			all.length <= MAX_SPACE_LENGTH
				? all
				: all.slice(0, end) + (all.includes('\n', end) ? '\n' : all.charAt(end));
	}
}
