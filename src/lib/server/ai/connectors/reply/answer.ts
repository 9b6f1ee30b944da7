import { cleanText } from '#lib/contract/text.ts';
import { mergeFields, type SideFields } from './side-fields.ts';

/** A complete reply. */
export interface Reply {
	text: string;
	/** Where it was found, such as `json.output`. */
	shape: string;
	fields: SideFields;
}

/** A position to which an answer can be rolled back. */
export interface AnswerMark {
	length: number;
	tail: string;
}

/** The AI's answer in this turn so far: only text that visitors may see. */
export class Answer {
	/** All text so far; equal to the drained chunks joined. */
	text = '';
	shape: string | undefined;
	fields: SideFields = {};
	#fresh = '';
	/** Trailing whitespace, or half a surrogate pair: released when more text follows. */
	#tail = '';

	append(piece: string): void {
		let end = piece.length;
		while (end > 0 && isTail(piece.charCodeAt(end - 1))) end--;
		if (end === 0) {
			this.#tail += piece;
			return;
		}
		const visible = cleanText(this.#tail + piece.slice(0, end));
		this.#tail = piece.slice(end);
		this.text += visible;
		this.#fresh += visible;
	}

	/** Separates what follows by a blank line. */
	startParagraph(): void {
		this.#tail = this.text === '' ? '' : '\n\n';
	}

	/** Appends a complete reply, except for text that was already appended in chunks. */
	addReply({ text, shape, fields }: Reply): void {
		this.shape = this.shape === undefined ? shape : this.shape;
		mergeFields(this.fields, fields);
		const whole = cleanText(text).trim();
		if (this.text.endsWith(whole)) return;
		if (this.text !== '' && whole.startsWith(this.text)) {
			this.#tail = '';
			this.append(whole.slice(this.text.length));
		} else {
			this.startParagraph();
			this.append(whole);
		}
	}

	mark(): AnswerMark {
		return { length: this.text.length, tail: this.#tail };
	}

	/** Rolls back to a mark. Chunks that were already drained are missing from the stored answer then. */
	retract({ length, tail }: AnswerMark): void {
		const taken = this.text.length - this.#fresh.length;
		this.text = this.text.slice(0, length);
		this.#fresh = this.text.slice(taken);
		this.#tail = tail;
	}

	/** Yields the text appended since the last call, if any. */
	*drain(): Generator<string, void, void> {
		const fresh = this.#fresh;
		this.#fresh = '';
		if (fresh !== '') yield fresh;
	}
}

/** Returns whether a code unit is whitespace, a control character or the first half of a surrogate pair. */
const isTail = (code: number): boolean =>
	code <= 0x20 || code === 0xa0 || (code >= 0xd800 && code <= 0xdbff);
