import { ConnectorError } from '../connector.ts';
import type { Answer, AnswerMark } from '../reply/answer.ts';
import { findReply } from '../reply/parse-reply.ts';
import { hasDelta, isStream } from '../reply/collected-stream.ts';
import { DeltaJoiner } from '../reply/delta-joiner.ts';
import { isFinal, isReplacement, parseDelta } from '../reply/parts.ts';
import { ReplyBuffer } from '../reply/reply-buffer.ts';
import { isObject, mergeFields, readSideFields } from '../reply/side-fields.ts';
import { Lines, RunsReader, toChunk } from './runs-reader.ts';

/** Names of events without text, and of events that end the answer. */
const SILENT_EVENTS = new Set(['ping', 'heartbeat', 'keepalive', 'keep-alive']);
const FINAL_EVENTS = new Set(['done', 'end', 'complete', 'completed', 'close']);
/** A line of Vercel's AI SDK before version 5: `0` is text, `3` an error, the others carry no text. */
const CODED_LINE = /^([0-9a-z]):(["{[].*)$/;

/** Types of the first event in providers' streams. */
const STREAM_TYPE = /delta|token|stream|^start|[._-]start(?:ed)?$|^response\.created$/i;

/** Returns whether a body consists of JSON lines, judging by its first line and the text after it. */
export function isEventLine(line: string, after = ''): boolean {
	if (CODED_LINE.test(line)) return true;
	const object = parseJson(line);
	if (!isObject(object)) return false;
	if (/^\s*(?:\{|\[DONE\])/.test(after) || hasDelta(object)) return true;
	const isOllama = typeof object.done === 'boolean' && typeof object.model === 'string';
	const names = [object.type, object.event, object.event_type];
	return isOllama || names.some((name) => typeof name === 'string' && STREAM_TYPE.test(name));
}

interface Options {
	/** Each line is an event (JSON lines) instead of server-sent events. */
	isLines?: boolean;
	/** The visitor's message, to reject echoes of it. */
	visitorMessage: string;
}

/** Reads a stream of events in any provider's format: plain text, deltas or whole replies. */
export class EventsReader {
	/** Set by an event that ends the answer. */
	isDone = false;
	readonly #answer: Answer;
	readonly #lines = new Lines();
	readonly #mark: AnswerMark;
	#buffer: ReplyBuffer;
	readonly #isLines: boolean;
	readonly #visitorMessage: string;
	#runs: RunsReader | undefined;
	#event = '';
	#data: string[] = [];
	/** Events in JSON have arrived, so that data that isn't JSON is a fragment. */
	#hasObjects = false;
	readonly #joiner = new DeltaJoiner();
	/** Deltas have arrived. */
	#hasDeltas = false;
	#startsParagraph = false;

	constructor(answer: Answer, { isLines = false, visitorMessage }: Options) {
		this.#answer = answer;
		this.#isLines = isLines;
		this.#visitorMessage = visitorMessage;
		this.#mark = answer.mark();
		this.#buffer = new ReplyBuffer(answer, { visitorMessage });
		answer.shape = isLines ? 'json-lines' : 'sse';
	}

	push(text: string): void {
		for (const line of this.#lines.push(text)) this.#readLine(line);
	}

	end(): void {
		this.#readLine(this.#lines.end());
		// The connection was lost within an event.
		if (this.#hasObjects && isIncomplete(this.#data.join('\n'))) this.#data = [];
		this.#readLine('');
		this.#runs?.end();
		this.#buffer.end();
	}

	#readLine(line: string): void {
		if (this.isDone) return;
		if (this.#isLines) {
			if (line.trim() !== '') this.#readCodedLine(line.trim());
			return;
		}
		if (line === '') {
			const [event, data] = [this.#event, this.#data.join('\n')];
			const hasData = this.#data.length > 0;
			this.#event = '';
			this.#data = [];
			if (hasData && !SILENT_EVENTS.has(event)) this.#dispatch(event, data);
			return;
		}
		const [, name = '', value = ''] = /^([^:]*):? ?([^]*)$/.exec(line) ?? [];
		if (name === 'event') this.#event = value;
		if (name === 'data') this.#addData(value);
	}

	/** Servers repeat the prefix when they wrap another stream, and some forget the blank line between two events. */
	#addData(value: string): void {
		const data = value.replace(/^(?:data: ?)+(?=\{|\[DONE\])/, '');
		const [first] = this.#data;
		if (first !== undefined && this.#data.length === 1 && isWholeJson(first)) this.#readLine('');
		this.#data.push(data);
	}

	#readCodedLine(line: string): void {
		const [, code, value = ''] = CODED_LINE.exec(line) ?? [];
		if (code === undefined) {
			this.#dispatch('', line);
			return;
		}
		const content = parseJson(value);
		if (code === '3') throw createStreamError(content);
		if (code === '0' && typeof content === 'string') this.#append(content);
		if (code === '9' || code === 'a') this.#startsParagraph = true;
	}

	#dispatch(event: string, data: string): void {
		const isLast = FINAL_EVENTS.has(event);
		if (/^\s*"?\[DONE\]"?\s*$/.test(data)) {
			this.isDone = true;
			return;
		}
		// Gateways forward comments, such as OpenRouter's ": OPENROUTER PROCESSING", as data.
		if (data.startsWith(':') || data === 'null' || data === 'undefined') return;
		const value = unwrapChunk(parseJson(data));
		if (event === 'error') throw createStreamError(value ?? data);
		if (isObject(value)) this.#readObject(unwrapEvent(value), event, isLast);
		else if (Array.isArray(value)) this.#readArray(value, event);
		else if (!isLast) this.#append(typeof value === 'string' ? value : data);
		this.#hasObjects ||= isObject(value);
		if (isLast) this.isDone = true;
	}

	#readArray(values: unknown[], event: string): void {
		if (!isStream(values)) this.#addWholeReply(values, false);
		else for (const value of values) this.#readObject(unwrapEvent(value), event, false);
	}

	#readObject(object: Record<string, unknown>, event: string, isLast: boolean): void {
		const chunk = toChunk(object);
		if (chunk) {
			this.#runs ??= new RunsReader(this.#answer, this.#visitorMessage);
			this.#runs.pushChunk(chunk);
			return;
		}
		mergeFields(this.#answer.fields, readSideFields(object));
		const delta = isLast ? undefined : parseDelta(object, event);
		switch (delta?.kind) {
			case 'error':
				throw createStreamError(delta.error);
			case 'silent':
				this.#startsParagraph ||= delta.startsParagraph;
				return;
			case 'text':
				this.#append(delta.text);
				return;
			case undefined:
				if (isReplacement(object)) this.#restart();
				this.#addWholeReply(object, isFinal(object, event));
		}
	}

	/** Adds a whole reply, unless it only repeats the deltas before it. */
	#addWholeReply(value: unknown, isRepeated: boolean): void {
		if (isRepeated && this.#hasDeltas && this.#answer.text !== '') return;
		const reply = findReply(value, 'sse', this.#visitorMessage);
		if (reply) this.#answer.addReply(reply);
	}

	/** Discards the text so far. */
	#restart(): void {
		this.#answer.retract(this.#mark);
		this.#buffer = new ReplyBuffer(this.#answer, { visitorMessage: this.#visitorMessage });
		this.#hasDeltas = false;
	}

	#append(chunk: string): void {
		const { text, isRestart } = this.#joiner.add(chunk);
		if (isRestart) this.#restart();
		if (text === '') return;
		// Text after a tool call starts a new paragraph.
		const gap = this.#startsParagraph && this.#hasDeltas ? '\n\n' : '';
		this.#startsParagraph = false;
		this.#hasDeltas = true;
		this.#buffer.push(gap + text);
	}
}

/** Returns the event that another one wraps, as agent frameworks do; other events unchanged. */
function unwrapEvent(object: Record<string, unknown>): Record<string, unknown> {
	if (isObject(object.event)) return object.event;
	const isRaw = object.type === 'raw_response_event' && isObject(object.data);
	return isRaw ? (object.data as Record<string, unknown>) : object;
}

const isWholeJson = (data: string): boolean =>
	/^\[DONE\]$|^\{.*\}\s*$/.test(data) && (data === '[DONE]' || isObject(parseJson(data)));

/** Returns whether data is JSON that is cut off. */
const isIncomplete = (data: string): boolean =>
	data.startsWith('{') && parseJson(data) === undefined;

/** Returns the message chunk of a pair of chunk and metadata, as LangGraph streams them; other values unchanged. */
function unwrapChunk(value: unknown): unknown {
	const [first] = Array.isArray(value) ? (value as unknown[]) : [];
	return isObject(first) && /Chunk$/.test(String(first.type)) ? first : value;
}

function parseJson(data: string): unknown {
	if (!/^["{[]/.test(data)) return undefined;
	try {
		return JSON.parse(data);
	} catch {
		return undefined;
	}
}

function createStreamError(value: unknown): ConnectorError {
	const error = isObject(value) ? (value.error ?? value) : value;
	const message = isObject(error) ? error.message : error;
	const reason = typeof message === 'string' ? `: ${message.slice(0, 300)}` : '';
	return new ConnectorError('workflow_error', `The stream reported an error${reason}`);
}
