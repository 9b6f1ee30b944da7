/** More white space than this says nothing more, and is kept in mind for as long as nothing follows it. */
const MAX_SPACE = 80;
/** As much of a line as tells what stands in it. */
const MAX_LINE = 200;

/** Writes Markdown, and holds white space back until something follows it. */
export class MarkdownWriter {
	#out = '';
	/** White space that is written when something follows it. */
	#space = '';
	#line = '';
	/** Between two blocks of HTML: space there means nothing. */
	isBetween = false;

	write(text: string): void {
		this.isBetween = false;
		const visible = text.trimEnd();
		if (visible === '') {
			this.#addSpace(text);
			return;
		}
		const said = this.#space + visible;
		this.#space = '';
		this.#addSpace(text.slice(visible.length));
		const end = said.lastIndexOf('\n');
		if (end >= 0) this.#line = said.slice(end + 1, end + 1 + MAX_LINE);
		else if (this.#line.length < MAX_LINE) this.#line = (this.#line + said).slice(0, MAX_LINE);
		this.#out += said;
	}

	/** Writes a mark that closes something: it stands before the space that follows it. */
	closeMark(mark: string): void {
		const space = this.#space;
		this.#space = '';
		this.write(mark);
		this.#space = space;
	}

	/** Begins or ends a block: at least so many line breaks, and no other space. */
	break(lines: '' | '\n' | '\n\n'): void {
		if (lines === '') return;
		const breaks = this.#space.replace(/[^\n]+/g, '');
		const isFirst = this.#line === '' && breaks === '';
		this.#space = isFirst ? '' : breaks.length > lines.length ? breaks : lines;
		this.isBetween = true;
	}

	lineBreak(): void {
		// A row of a table is one line.
		if (/^\s*\|/.test(this.current())) this.#space = ', ';
		else if (this.#line !== '' || this.#space !== '') {
			this.#space = this.#space.replace(/(?<![ \t])[ \t]+$/, '');
			this.#addSpace('\n');
		}
	}

	dropSpace(): void {
		this.#space = '';
	}

	/** The line so far, with the space at its end. */
	current(): string {
		const end = this.#space.lastIndexOf('\n');
		return end < 0 ? this.#line + this.#space : this.#space.slice(end + 1);
	}

	get hasSpace(): boolean {
		return this.#space !== '';
	}

	/** What was written since the last time. */
	take(): string {
		const out = this.#out;
		this.#out = '';
		return out;
	}

	/** Gives the space at the end, too. */
	end(): void {
		if (!this.isBetween) this.#out += this.#space;
		this.#space = '';
	}

	/** The same however the space is cut: its beginning, and whether there is a line break in the rest. */
	#addSpace(space: string): void {
		const all = this.#space + space;
		const end = MAX_SPACE - 1;
		this.#space =
			all.length <= MAX_SPACE
				? all
				: all.slice(0, end) + (all.includes('\n', end) ? '\n' : all.charAt(end));
	}
}
