import { cleanText } from '#lib/contract/text.ts';
import { mergeFields, type SideFields } from './side-fields.ts';

/** A reply that is known as a whole. */
export interface Reply {
	text: string;
	/** Where it was found, for example `json.output`. */
	shape: string;
	fields: SideFields;
}

/** A place in an answer to which it can be taken back. */
export interface AnswerMark {
	length: number;
	tail: string;
}

/** What the AI has said so far in this turn, ready for a visitor's eyes. */
export class Answer {
	/** Everything said; the pieces taken add up to it. */
	text = '';
	shape: string | undefined;
	fields: SideFields = {};
	#fresh = '';
	/** Space, or half a character, at the end: said when something follows it. */
	#tail = '';

	say(piece: string): void {
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

	/** What is said next stands apart by a blank line. */
	paragraph(): void {
		this.#tail = this.text === '' ? '' : '\n\n';
	}

	/** Says a whole reply, but not what was said already piece by piece. */
	add({ text, shape, fields }: Reply): void {
		this.shape = this.shape === undefined ? shape : this.shape;
		mergeFields(this.fields, fields);
		const whole = cleanText(text).trim();
		if (this.text.endsWith(whole)) return;
		if (this.text !== '' && whole.startsWith(this.text)) {
			this.#tail = '';
			this.say(whole.slice(this.text.length));
		} else {
			this.paragraph();
			this.say(whole);
		}
	}

	mark(): AnswerMark {
		return { length: this.text.length, tail: this.#tail };
	}

	/** Takes back what was said since: of pieces that were taken already the stored answer knows nothing. */
	retract({ length, tail }: AnswerMark): void {
		const taken = this.text.length - this.#fresh.length;
		this.text = this.text.slice(0, length);
		this.#fresh = this.text.slice(taken);
		this.#tail = tail;
	}

	/** What was said since the last time, if anything. */
	*take(): Generator<string, void, void> {
		const fresh = this.#fresh;
		this.#fresh = '';
		if (fresh !== '') yield fresh;
	}
}

/** White space, control characters and the first half of a surrogate pair. */
const isTail = (code: number): boolean =>
	code <= 0x20 || code === 0xa0 || (code >= 0xd800 && code <= 0xdbff);
