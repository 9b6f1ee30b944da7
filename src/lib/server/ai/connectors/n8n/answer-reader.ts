import type { Answer } from '../reply/answer.ts';
import { ReplyBuffer } from '../reply/reply-buffer.ts';
import { EventsReader, isEventLine } from './events-reader.ts';
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
		const chunk = this.#start.length === 0 ? text.trimStart() : text;
		if (chunk === '') return;
		this.#start.push(chunk);
		// JSON can't be recognized before the end of its line, nor JSON lines before the start of the next one.
		const isJson = this.#start[0]?.startsWith('{');
		if (isJson ? this.#hasNextLine(chunk) : !isAmbiguous(this.#start.join('')))
			this.#chooseReader();
	}

	end(): void {
		const reader = this.#reader ?? this.#chooseReader();
		reader.end();
	}

	/** Returns whether the first line is complete and, unless it shows the format, followed by more text. */
	#hasNextLine(chunk: string): boolean {
		if (!this.#isAfterLine && !chunk.includes('\n')) return false;
		if (!this.#isAfterLine) {
			this.#isAfterLine = true;
			const [firstLine = ''] = this.#start.join('').split('\n', 1);
			if (parseChunk(firstLine) || isEventLine(firstLine)) return true;
		}
		return chunk.slice(chunk.indexOf('\n') + 1).trim() !== '';
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
		if (isEventLine(firstLine, start.slice(firstLine.length)))
			return new EventsReader(this.#answer, { isLines: true, visitorMessage });
		if (firstLine.startsWith('{')) return new TextReader(this.#answer, visitorMessage);
		const isEvent = this.#isEventStream || EVENT_START.test(start);
		return isEvent
			? new EventsReader(this.#answer, { visitorMessage })
			: new TextReader(this.#answer, visitorMessage);
	}
}

/** How a stream of server-sent events begins that isn't declared as one: with JSON, or with other fields before its data. */
const EVENT_START = /^(?:data: ?[{"]|(?:(?::|event:|id:|retry:)[^\n]*\n\s*)+data:)/;
/** A beginning of such a stream. */
const FIELDS =
	/^(?:(?::|event:|id:|retry:)[^\n]*\n\s*)*(?:(?::|event:|id:|retry:)[^\n]*|[a-z]{0,5})$/;
/** Longer fields before the first data are text. */
const MAX_FIELDS = 1000;

const isAmbiguous = (start: string): boolean =>
	'data: '.startsWith(start) ||
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
