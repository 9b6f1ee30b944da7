import { ConnectorError } from '../connector.ts';
import type { Answer } from '../reply/answer.ts';
import { deltaOf } from '../reply/delta.ts';
import { HeldText } from '../reply/held-text.ts';
import { findReply } from '../reply/read-reply.ts';
import { isObject, mergeFields, readSideFields } from '../reply/side-fields.ts';
import { Lines } from './lines.ts';
import { RunsReader, toChunk } from './runs-reader.ts';

/** Events that say nothing, and events after which nothing is said. */
const SILENT = new Set(['ping', 'heartbeat', 'keepalive', 'keep-alive']);
const LAST = new Set(['done', 'end', 'complete', 'completed', 'close']);
/** A line of Vercel's AI SDK before its version 5: `0` is text, `3` an error, the others say nothing. */
const CODED_LINE = /^([0-9a-z]):(["{[].*)$/;

/** What the first event of a provider's stream calls itself. */
const STREAM_TYPE = /delta|token|stream|^start|[._-]start(?:ed)?$|^response\.created$/i;

/** Whether a body consists of lines of JSON, one an event, by its first line. */
export function isEventLine(line: string): boolean {
	if (CODED_LINE.test(line)) return true;
	const object = parsed(line);
	if (!isObject(object)) return false;
	const isOllama = typeof object.done === 'boolean' && typeof object.model === 'string';
	return isOllama || (typeof object.type === 'string' && STREAM_TYPE.test(object.type));
}

interface Options {
	/** Each line is an event by itself. */
	isLines?: boolean;
	/** What the visitor wrote. */
	heard: string;
}

/** Reads a stream of events: text, JSON with pieces or whole replies, in the format of any provider. */
export class EventsReader {
	/** After the event that says so, nothing more is waited for. */
	isDone = false;
	readonly #answer: Answer;
	readonly #lines = new Lines();
	readonly #held: HeldText;
	readonly #isLines: boolean;
	readonly #heard: string;
	#runs: RunsReader | undefined;
	#event = '';
	#data: string[] = [];
	/** A whole reply that was found while pieces came: said if they say nothing. */
	#isSpeaking = false;
	#isApart = false;

	constructor(answer: Answer, { isLines = false, heard }: Options) {
		this.#answer = answer;
		this.#isLines = isLines;
		this.#heard = heard;
		this.#held = new HeldText(answer, { heard });
		answer.shape = isLines ? 'json-lines' : 'sse';
	}

	push(text: string): void {
		for (const line of this.#lines.push(text)) this.#line(line);
	}

	end(): void {
		this.#line(this.#lines.end());
		this.#line('');
		this.#runs?.end();
		this.#held.end();
	}

	#line(line: string): void {
		if (this.isDone) return;
		if (this.#isLines) {
			if (line.trim() !== '') this.#codedLine(line.trim());
			return;
		}
		if (line === '') {
			const [event, data] = [this.#event, this.#data.join('\n')];
			const hasData = this.#data.length > 0;
			this.#event = '';
			this.#data = [];
			if (hasData && !SILENT.has(event)) this.#dispatch(event, data);
			return;
		}
		const [, name = '', value = ''] = /^([^:]*):? ?([^]*)$/.exec(line) ?? [];
		if (name === 'event') this.#event = value;
		if (name === 'data') this.#data.push(value);
	}

	#codedLine(line: string): void {
		const [, code, value = ''] = CODED_LINE.exec(line) ?? [];
		if (code === undefined) {
			this.#dispatch('', line);
			return;
		}
		const content = parsed(value);
		if (code === '3') throw failed(content);
		if (code === '0' && typeof content === 'string') this.#say(content);
		if (code === '9' || code === 'a') this.#isApart = true;
	}

	#dispatch(event: string, data: string): void {
		const isLast = LAST.has(event);
		if (data.trim() === '[DONE]') {
			this.isDone = true;
			return;
		}
		const value = parsed(data);
		if (event === 'error') throw failed(value);
		if (isObject(value)) this.#object(value, event, isLast);
		else if (!isLast) this.#say(typeof value === 'string' ? value : data);
		if (isLast) this.isDone = true;
	}

	#object(object: Record<string, unknown>, event: string, isLast: boolean): void {
		const chunk = toChunk(object);
		if (chunk) {
			this.#runs ??= new RunsReader(this.#answer, this.#heard);
			this.#runs.take(chunk);
			return;
		}
		mergeFields(this.#answer.fields, readSideFields(object));
		const delta = isLast ? undefined : deltaOf(object, event);
		switch (delta?.kind) {
			case 'error':
				throw failed(delta.error);
			case 'silent':
				this.#isApart ||= delta.isApart;
				return;
			case 'text':
				this.#say(delta.text);
				return;
			case undefined: {
				// After pieces, a whole answer only repeats them.
				const isRepeated =
					this.#isSpeaking && this.#answer.text !== '' && isObject(object.response);
				const reply = isRepeated ? undefined : findReply(object, 'sse', this.#heard);
				if (reply) this.#answer.add(reply);
			}
		}
	}

	#say(piece: string): void {
		if (piece === '') return;
		// What the model says after a call of a tool is a paragraph of its own.
		const gap = this.#isApart && this.#isSpeaking ? '\n\n' : '';
		this.#isApart = false;
		this.#isSpeaking = true;
		this.#held.push(gap + piece);
	}
}

function parsed(data: string): unknown {
	if (!/^["{[]/.test(data)) return undefined;
	try {
		return JSON.parse(data);
	} catch {
		return undefined;
	}
}

function failed(value: unknown): ConnectorError {
	const error = isObject(value) ? (value.error ?? value) : value;
	const said = isObject(error) ? error.message : error;
	const why = typeof said === 'string' ? `: ${said.slice(0, 300)}` : '';
	return new ConnectorError('workflow_error', `The stream reported an error${why}`);
}
