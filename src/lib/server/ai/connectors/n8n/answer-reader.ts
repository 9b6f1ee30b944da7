import type { Answer } from '../reply/answer.ts';
import { HeldText } from '../reply/held-text.ts';
import { EventsReader, isEventLine } from './events-reader.ts';
import { readChunk, RunsReader } from './runs-reader.ts';

/** Turns the text of a body into an answer as it comes. All of it throws ConnectorError. */
interface Reader {
	push(text: string): void;
	end(): void;
	/** The answer is complete although the body has not ended. */
	readonly isDone: boolean;
}

/** Finds out by its first line what kind of body it is (n8n calls everything JSON or HTML), then reads it. */
export class AnswerReader implements Reader {
	readonly #answer: Answer;
	readonly #isEventStream: boolean;
	readonly #heard: string;
	/** What came before the kind was known. */
	readonly #start: string[] = [];
	#reader: Reader | undefined;

	/** `heard` is what the visitor wrote, which is no answer. */
	constructor(answer: Answer, contentType: string, heard = '') {
		this.#answer = answer;
		this.#heard = heard;
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
		const piece = this.#start.length === 0 ? text.trimStart() : text;
		if (piece === '') return;
		this.#start.push(piece);
		// A line of JSON tells nothing before its end.
		const isJson = this.#start[0]?.startsWith('{');
		if (isJson ? piece.includes('\n') : !isUndecided(this.#start.join(''))) this.#choose();
	}

	end(): void {
		const reader = this.#reader ?? this.#choose();
		reader.end();
	}

	#choose(): Reader {
		const start = this.#start.splice(0).join('');
		const [firstLine = ''] = start.split('\n', 1);
		this.#reader = this.#readerFor(firstLine);
		this.#reader.push(start);
		return this.#reader;
	}

	#readerFor(firstLine: string): Reader {
		const heard = this.#heard;
		if (readChunk(firstLine)) return new RunsReader(this.#answer, heard);
		if (isEventLine(firstLine)) return new EventsReader(this.#answer, { isLines: true, heard });
		if (firstLine.startsWith('{')) return new TextReader(this.#answer, heard);
		const isEvent = this.#isEventStream || /^data: ?[{"]/.test(firstLine);
		return isEvent
			? new EventsReader(this.#answer, { heard })
			: new TextReader(this.#answer, heard);
	}
}

const isUndecided = (start: string): boolean =>
	'data: '.startsWith(start) || /^[0-9a-z](?::(?:["{[][^\n]*)?)?$/.test(start);

/** Reads a body that is one text, or one piece of JSON. */
class TextReader implements Reader {
	readonly isDone = false;
	readonly #answer: Answer;
	readonly #held: HeldText;

	constructor(answer: Answer, heard: string) {
		this.#answer = answer;
		this.#held = new HeldText(answer, { isBody: true, heard });
	}

	push(text: string): void {
		this.#held.push(text);
		if (this.#answer.text !== '') this.#answer.shape = 'text';
	}

	end(): void {
		this.#held.end();
	}
}
