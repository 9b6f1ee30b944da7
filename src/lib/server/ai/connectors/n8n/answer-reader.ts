import type { Answer } from '../reply/answer.ts';
import { checkContentType } from '../reply/check-reply.ts';
import { ReplyBuffer } from '../reply/reply-buffer.ts';
import { EventsReader, startsJsonLines } from './events-reader.ts';
import { parseChunk, RunsReader } from './runs-reader.ts';

/** Parses a body into an answer as it arrives. All methods throw ConnectorError. */
interface Reader {
	push(text: string): void;
	end(): void;
	/** The answer is complete, even if the body has not ended. */
	readonly isDone: boolean;
}

/** Detects a body's format from its first line, because n8n declares everything JSON or HTML, then reads it. */
export class AnswerReader implements Reader {
	readonly #answer: Answer;
	readonly #contentType: string;
	readonly #isEventStream: boolean;
	readonly #visitorMessage: string;
	/** Text that arrived before the format was known. */
	readonly #start: string[] = [];
	#reader: Reader | undefined;
	#isAfterLine = false;

	/** `visitorMessage` lets the reader reject answers that only echo it. */
	constructor(answer: Answer, contentType: string, visitorMessage = '') {
		this.#answer = answer;
		this.#visitorMessage = visitorMessage;
		this.#contentType = contentType;
		this.#isEventStream = /^\s*text\/event-stream/i.test(contentType);
	}

	get isDone(): boolean {
		return this.#reader?.isDone ?? false;
	}

	push(text: string): void {
		if (this.#reader) {
			this.#reader.push(text);
			return;
		}
		const first = this.#start.length === 0 ? text.trimStart() : text;
		if (first === '') return;
		if (this.#start.length === 0) checkContentType(this.#contentType);
		this.#start.push(first);
		const chunk = this.#withoutComments() ?? first;
		// JSON can't be recognized before the end of its line, nor JSON lines before the start of the next one.
		const isJson = this.#start[0]?.startsWith('{');
		if (isJson ? this.#hasNextLine(chunk) : !this.#isAmbiguous(this.#start.join('')))
			this.#chooseReader();
	}

	end(): void {
		const reader = this.#reader ?? this.#chooseReader();
		reader.end();
	}

	/**
	 * Drops comments of an event stream in front of JSON, with which servers keep a connection open. Returns the JSON once it
	 * has begun.
	 */
	#withoutComments(): string | undefined {
		if (!this.#start[0]?.startsWith(':')) return undefined;
		const [, json] = /^(?::[^\n]*\n\s*)+([{[][^]*)/.exec(this.#start.join('')) ?? [];
		if (json !== undefined) this.#start.splice(0, this.#start.length, json);
		return json;
	}

	/** Returns whether the first line is complete and, unless it shows the format, followed by more text. */
	#hasNextLine(chunk: string): boolean {
		if (!this.#isAfterLine && !chunk.includes('\n')) return false;
		if (!this.#isAfterLine) {
			this.#isAfterLine = true;
			const [firstLine = ''] = this.#start.join('').split('\n', 1);
			if (parseChunk(firstLine) || startsJsonLines(firstLine)) return true;
		}
		return chunk.slice(chunk.indexOf('\n') + 1).trim() !== '';
	}

	#isAmbiguous(start: string): boolean {
		return isAmbiguous(start) || (this.#isEventStream && /^[a-z]{0,7}$/.test(start));
	}

	#chooseReader(): Reader {
		const start = this.#start.splice(0).join('');
		this.#reader = this.#createReader(start);
		this.#reader.push(start);
		return this.#reader;
	}

	#createReader(start: string): Reader {
		const visitorMessage = this.#visitorMessage;
		const [firstLine = ''] = start.split('\n', 1);
		if (parseChunk(firstLine)) return new RunsReader(this.#answer, visitorMessage);
		if (startsJsonLines(firstLine, start.slice(firstLine.length)))
			return new EventsReader(this.#answer, { isJsonLines: true, visitorMessage });
		if (firstLine.startsWith('{')) return new TextReader(this.#answer, visitorMessage);
		// A stream may be declared although the body is a plain text.
		const isEvent = this.#isEventStream ? FIELD.test(start) : EVENT_START.test(start);
		return isEvent
			? new EventsReader(this.#answer, { visitorMessage })
			: new TextReader(this.#answer, visitorMessage);
	}
}

/** How a stream of server-sent events begins that isn't declared as one: with JSON, or with other fields before its data. */
const EVENT_START = /^(?:(?:data: ?)+[{"]|(?:(?::|event:|id:|retry:)[^\n]*\n\s*)+data:)/;
/** How a declared stream begins, including Flowise's field `message`. */
const FIELD = /^(?:(?:data|event|id|retry|message)?:|data[\r\n])/;
/** A beginning of such a stream. */
const FIELDS =
	/^(?:(?::|event:|id:|retry:)[^\n]*\n\s*)*(?:(?::|event:|id:|retry:)[^\n]*|[a-z]{0,5})$/;
/** Longer fields before the first data are text. */
const MAX_FIELDS = 1000;

const isAmbiguous = (start: string): boolean =>
	'data: data: '.startsWith(start) ||
	(start.length < MAX_FIELDS && FIELDS.test(start)) ||
	/^[0-9a-z](?::(?:["{[][^\n]*)?)?$/.test(start);

/** Reads a body that is a single text or JSON value. */
class TextReader implements Reader {
	readonly isDone = false;
	readonly #answer: Answer;
	readonly #buffer: ReplyBuffer;

	constructor(answer: Answer, visitorMessage: string) {
		this.#answer = answer;
		this.#buffer = new ReplyBuffer(answer, { isBody: true, visitorMessage });
	}

	push(text: string): void {
		this.#buffer.push(text);
		if (this.#answer.text !== '') this.#answer.shape = 'text';
	}

	end(): void {
		this.#buffer.end();
	}
}
