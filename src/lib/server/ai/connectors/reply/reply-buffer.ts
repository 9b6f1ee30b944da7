import type { Answer, AnswerMark } from './answer.ts';
import { checkReply, checkReplyStart, isDistinctive, isUndecided } from './check-reply.ts';
import { parseEmbedded, parseReply } from './parse-reply.ts';
import { canBeReasoning, mentionsVisitor } from './reasoning.ts';
import { ThoughtFilter } from './thought-filter.ts';
import { MarkdownConverter } from './to-markdown.ts';

/** If a text is still ambiguous after this many characters, it is classified only when it is complete. */
const MAX_AMBIGUOUS_LENGTH = 200;

interface Options {
	/** Whether the text is a whole body. A body that starts with a quotation mark may be a JSON string rather than a quotation. */
	isBody?: boolean;
	/** The visitor's message, to reject echoes of it. */
	visitorMessage?: string;
}

/**
 * Streams a model's text into an answer, without its reasoning. Buffers the beginning until it is certain that the text is
 * meant for the visitor, rather than JSON, HTML, a status message or an echo.
 */
export class ReplyBuffer {
	readonly #answer: Answer;
	readonly #mark: AnswerMark;
	readonly #isBody: boolean;
	readonly #visitorMessage: string;
	#filter: ThoughtFilter | undefined;
	#converter: MarkdownConverter;
	/** The unfiltered beginning, until it is known whether it is JSON. */
	#raw = '';
	#buffered = '';
	/** `json` until the beginning is known not to be JSON, `text` until it is known to be a reply; `whole` if only the complete text can tell; `shown` once streaming. */
	#state: 'json' | 'text' | 'whole' | 'shown' = 'json';

	constructor(answer: Answer, { isBody = false, visitorMessage = '' }: Options = {}) {
		this.#answer = answer;
		this.#mark = answer.mark();
		this.#isBody = isBody;
		this.#visitorMessage = visitorMessage;
		this.#converter = this.#createConverter();
	}

	/** Adds a chunk and appends what may be shown to the answer. Throws ConnectorError for text that isn't a reply. */
	push(chunk: string): void {
		if (this.#filter) {
			this.#filter.push(chunk);
			this.#classify();
			return;
		}
		this.#raw += chunk;
		if (this.#state === 'whole') return;
		const start = this.#raw.trimStart();
		this.#raw = start;
		if (this.#isJsonLike(start) || (start.startsWith('[') && start.length > MAX_AMBIGUOUS_LENGTH)) {
			this.#state = 'whole';
			return;
		}
		if (start === '' || /^(?:\[\s*|`{1,2})$/.test(start)) return;
		this.#beginText(start);
	}

	/** Ends the text and appends the rest of it, if it is a reply. Throws ConnectorError. */
	end(): void {
		if (this.#state !== 'whole' && !this.#filter) this.#beginText(this.#raw);
		this.#filter?.end();
		if (this.#state === 'shown') {
			this.#converter.end();
			this.#checkShown();
			return;
		}
		const text = this.#filter ? this.#buffered : this.#raw;
		const reply = text.trim() === '' ? undefined : parseReply(text, this.#visitorMessage);
		if (reply) this.#answer.addReply(reply);
	}

	#beginText(start: string): void {
		this.#state = 'text';
		this.#raw = '';
		this.#filter = new ThoughtFilter({
			write: (text) => this.#write(text),
			retract: () => this.#retract(),
		});
		this.#filter.push(start);
		this.#classify();
	}

	#write(text: string): void {
		if (this.#state === 'shown') {
			this.#converter.push(text);
			return;
		}
		this.#buffered += text;
	}

	#classify(): void {
		if (this.#state !== 'text') return;
		// Leading whitespace is never shown.
		this.#buffered = this.#buffered.trimStart();
		if (this.#isJsonLike(this.#buffered) || this.#buffered.length > MAX_AMBIGUOUS_LENGTH)
			this.#state = 'whole';
		else if (this.#buffered !== '' && !this.#isAmbiguous(this.#buffered)) {
			checkReplyStart(this.#buffered);
			this.#state = 'shown';
			this.#converter.push(this.#buffered);
			this.#buffered = '';
		}
	}

	/** Retracts the shown text if its end reveals that it is a failure message or introduces JSON. */
	#checkShown(): void {
		const visible = this.#answer.text.slice(this.#mark.length).trim();
		try {
			checkReply(visible);
		} catch (error) {
			this.#answer.retract(this.#mark);
			throw error;
		}
		const reply = parseEmbedded(visible, this.#visitorMessage);
		if (!reply) return;
		this.#answer.retract(this.#mark);
		this.#answer.addReply(reply);
	}

	/** Discards all text so far, which turned out to be reasoning. */
	#retract(): void {
		this.#answer.retract(this.#mark);
		this.#state = 'text';
		this.#buffered = '';
		this.#converter = this.#createConverter();
	}

	#createConverter = (): MarkdownConverter =>
		new MarkdownConverter((text) => this.#answer.append(text));

	#isAmbiguous(start: string): boolean {
		if (isUndecided(start)) return true;
		if (
			isDistinctive(this.#visitorMessage) &&
			this.#visitorMessage.trim().startsWith(start.trimEnd())
		)
			return true;
		if (!canBeReasoning(start)) return false;
		// After half of the limit, text that addresses the visitor can be distinguished from reasoning about the visitor.
		return start.length <= MAX_AMBIGUOUS_LENGTH / 2 || mentionsVisitor(start);
	}

	#isJsonLike(start: string): boolean {
		return /^(?:\{|```|\[\s*["[\]{}\d])/.test(start) || (this.#isBody && start.startsWith('"'));
	}
}
