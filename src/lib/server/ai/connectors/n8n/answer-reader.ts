import type { Answer } from './answer';
import { EventsReader } from './events-reader';
import { HeldText } from './held-text';
import { readChunk, RunsReader } from './runs-reader';

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
	/** What came before the kind was known. */
	readonly #start: string[] = [];
	#reader: Reader | undefined;

	constructor(answer: Answer, contentType: string) {
		this.#answer = answer;
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
		if (readChunk(firstLine)) return new RunsReader(this.#answer);
		if (firstLine.startsWith('{')) return new TextReader(this.#answer);
		const isEvent = this.#isEventStream || /^data: ?[{"]/.test(firstLine);
		return isEvent ? new EventsReader(this.#answer) : new TextReader(this.#answer);
	}
}

const isUndecided = (start: string): boolean => 'data:'.startsWith(start) || start === 'data: ';

/** Reads a body that is one text, or one piece of JSON. */
class TextReader implements Reader {
	readonly isDone = false;
	readonly #answer: Answer;
	readonly #held = new HeldText({ isBody: true });

	constructor(answer: Answer) {
		this.#answer = answer;
	}

	push(text: string): void {
		const shown = this.#held.push(text);
		if (shown !== '') this.#answer.shape = 'text';
		this.#answer.say(shown);
	}

	end(): void {
		const reply = this.#held.end();
		if (reply) this.#answer.add(reply);
	}
}
