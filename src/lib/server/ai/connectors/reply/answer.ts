import { cleanText } from '#lib/contract/text.ts';
import { mergeFields, type SideFields } from './side-fields.ts';

/** A complete reply. */
export interface Reply {
	text: string;
	/** The path at which it was found, such as `json.output`. */
	shape: string;
	fields: SideFields;
}

/** A position to which an answer can be rolled back. */
export interface AnswerMark {
	length: number;
	tail: string;
}

/** The AI's answer to a turn as it arrives, without text that visitors may not see. */
export class Answer {
	/** All text so far; equal to the drained chunks joined. */
	text = '';
	shape: string | undefined;
	fields: SideFields = {};
	#undrained = '';
	/** Trailing whitespace, or half a surrogate pair: released when more text follows. */
	#tail = '';

	append(chunk: string): void {
		let end = chunk.length;
		while (end > 0 && canBeTail(chunk.charCodeAt(end - 1))) end--;
		if (end === 0) {
			this.#tail += chunk;
			return;
		}
		const visible = cleanText(this.#tail + chunk.slice(0, end));
		this.#tail = chunk.slice(end);
		this.text += visible;
		this.#undrained += visible;
	}

	/** Starts a new paragraph with the next text. */
	startParagraph(): void {
		this.#tail = this.text === '' ? '' : '\n\n';
	}

	/** Appends a complete reply, except for text that was already appended in chunks. */
	addReply({ text, shape, fields }: Reply): void {
		this.shape ??= shape;
		mergeFields(this.fields, fields);
		const reply = cleanText(text).trim();
		if (this.text.endsWith(reply)) return;
		if (this.text !== '' && reply.startsWith(this.text)) {
			this.#tail = '';
			this.append(reply.slice(this.text.length));
		} else {
			this.startParagraph();
			this.append(reply);
		}
	}

	mark(): AnswerMark {
		return { length: this.text.length, tail: this.#tail };
	}

	/** Rolls back to a mark. Chunks that were already drained can't be recalled, but the stored answer won't contain them. */
	retract({ length, tail }: AnswerMark): void {
		const drainedLength = this.text.length - this.#undrained.length;
		this.text = this.text.slice(0, length);
		this.#undrained = this.text.slice(drainedLength);
		this.#tail = tail;
	}

	/** Yields the text appended since the last call, if any. */
	*drain(): Generator<string, void, void> {
		const chunk = this.#undrained;
		this.#undrained = '';
		if (chunk !== '') yield chunk;
	}
}

/** Returns whether a code unit is whitespace, a control character or the first half of a surrogate pair. */
const canBeTail = (code: number): boolean =>
	code <= 0x20 || code === 0xa0 || (code >= 0xd800 && code <= 0xdbff);
