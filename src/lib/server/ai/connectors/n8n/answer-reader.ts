import type { Answer } from '../reply/answer.ts';
import { checkContentType } from '../reply/check-reply.ts';
import { ReplyBuffer } from '../reply/reply-buffer.ts';
import { EventsReader, startsJsonLines } from './events-reader.ts';
import { parseChunk, RunsReader } from './runs-reader.ts';

/** Parses a body into an answer as it arrives. All methods throw ConnectorError. */
interface Reader {
	push(text: string): void;
	end(): void;
	/** Whether the answer is complete, even if the body has not ended. */
	readonly isDone: boolean;
}

/** Reads a body in the format that its first line reveals, because n8n declares every body as JSON or HTML. */
export class AnswerReader implements Reader {
	readonly #answer: Answer;
	readonly #contentType: string;
	readonly #isEventStream: boolean;
	readonly #visitorMessage: string;
	/** Text that arrived before the format was known. */
	readonly #start: string[] = [];
	#reader: Reader | undefined;
	#hasFirstLine = false;

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
		const chunk = this.#dropComments() ?? first;
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
	 * Drops event-stream comments before a JSON body, which servers send to keep the connection open. Returns the JSON once it
	 * has begun.
	 */
	#dropComments(): string | undefined {
		if (!this.#start[0]?.startsWith(':')) return undefined;
		const [, json] = /^(?::[^\n]*\n\s*)+([{[][^]*)/.exec(this.#start.join('')) ?? [];
		if (json !== undefined) this.#start.splice(0, this.#start.length, json);
		return json;
	}

	/** Returns whether the first line is complete and either reveals the format or is followed by more text. */
	#hasNextLine(chunk: string): boolean {
		if (!this.#hasFirstLine && !chunk.includes('\n')) return false;
		if (!this.#hasFirstLine) {
			this.#hasFirstLine = true;
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
		// Some servers declare an event stream but send plain text.
		const isEvent = this.#isEventStream ? DECLARED_START.test(start) : EVENT_START.test(start);
		return isEvent
			? new EventsReader(this.#answer, { visitorMessage })
			: new TextReader(this.#answer, visitorMessage);
	}
}

/** Matches the start of an undeclared stream of server-sent events: JSON data, or other fields before the data. */
const EVENT_START = /^(?:(?:data: ?)+[{"]|(?:(?::|event:|id:|retry:)[^\n]*\n\s*)+data:)/;
/** Matches the start of a declared stream, including Flowise's `message` field. */
const DECLARED_START = /^(?:(?:data|event|id|retry|message)?:|data[\r\n])/;
/** Matches a start that may still turn out to be that of an event stream. */
const PARTIAL_START =
	/^(?:(?::|event:|id:|retry:)[^\n]*\n\s*)*(?:(?::|event:|id:|retry:)[^\n]*|[a-z]{0,5})$/;
/** A longer start without data is plain text. */
const MAX_PARTIAL_START = 1000;

const isAmbiguous = (start: string): boolean =>
	'data: data: '.startsWith(start) ||
	(start.length < MAX_PARTIAL_START && PARTIAL_START.test(start)) ||
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
