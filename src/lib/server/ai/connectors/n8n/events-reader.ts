import { ConnectorError } from '../connector.ts';
import type { Answer, AnswerMark } from '../reply/answer.ts';
import { findReply } from '../reply/parse-reply.ts';
import { hasDelta, isStream } from '../reply/collected-stream.ts';
import { DeltaJoiner } from '../reply/delta-joiner.ts';
import { isFinal, isReplacement, parseDelta } from '../reply/parts.ts';
import { ReplyBuffer } from '../reply/reply-buffer.ts';
import { isObject, mergeFields, readSideFields } from '../reply/side-fields.ts';
import { LineSplitter, RunsReader, toChunk } from './runs-reader.ts';

/** Names of events without text. */
const SILENT_EVENTS = new Set(['ping', 'heartbeat', 'keepalive', 'keep-alive']);
/** Names of events that end the answer. */
const FINAL_EVENTS = new Set(['done', 'end', 'complete', 'completed', 'close']);
/** Matches a line in the stream of Vercel's AI SDK before version 5: `0` is text, `3` an error, `9` and `a` are tool calls and results. */
const AI_SDK_LINE = /^([0-9a-z]):(["{[].*)$/;

/** Matches the type of the first event in providers' streams. */
const STREAM_TYPE = /delta|token|stream|^start|[._-]start(?:ed)?$|^response\.created$/i;

/** Returns whether a body consists of JSON lines, judging by its first line and the text after it. */
export function startsJsonLines(line: string, after = ''): boolean {
	if (AI_SDK_LINE.test(line)) return true;
	const object = parseJson(line);
	if (!isObject(object)) return false;
	if (/^\s*(?:\{|\[DONE\])/.test(after) || hasDelta(object)) return true;
	const isOllama = typeof object.done === 'boolean' && typeof object.model === 'string';
	const names = [object.type, object.event, object.event_type];
	return isOllama || names.some((name) => typeof name === 'string' && STREAM_TYPE.test(name));
}

interface Options {
	/** Whether each line is an event in JSON, as opposed to server-sent events. */
	isJsonLines?: boolean;
	/** The visitor's message, to reject echoes of it. */
	visitorMessage: string;
}

/** Reads a stream of events in any provider's format: plain text, deltas or whole replies. */
export class EventsReader {
	/** Whether an event has ended the answer. */
	isDone = false;
	readonly #answer: Answer;
	readonly #lines = new LineSplitter();
	readonly #mark: AnswerMark;
	#buffer: ReplyBuffer;
	readonly #isJsonLines: boolean;
	readonly #visitorMessage: string;
	#runs: RunsReader | undefined;
	#event = '';
	#data: string[] = [];
	/** Whether events in JSON have arrived. If so, data that isn't valid JSON is a truncated event. */
	#hasObjects = false;
	readonly #joiner = new DeltaJoiner();
	/** Whether deltas have arrived. */
	#hasDeltas = false;
	#startsParagraph = false;

	constructor(answer: Answer, { isJsonLines = false, visitorMessage }: Options) {
		this.#answer = answer;
		this.#isJsonLines = isJsonLines;
		this.#visitorMessage = visitorMessage;
		this.#mark = answer.mark();
		this.#buffer = new ReplyBuffer(answer, { visitorMessage });
		answer.shape = isJsonLines ? 'json-lines' : 'sse';
	}

	push(text: string): void {
		for (const line of this.#lines.push(text)) this.#readLine(line);
	}

	end(): void {
		this.#readLine(this.#lines.end());
		// Drops an event that was truncated because the connection was lost.
		if (this.#hasObjects && isIncomplete(this.#data.join('\n'))) this.#data = [];
		this.#readLine('');
		this.#runs?.end();
		this.#buffer.end();
	}

	#readLine(line: string): void {
		if (this.isDone) return;
		if (this.#isJsonLines) {
			if (line.trim() !== '') this.#readJsonLine(line.trim());
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

	/** Adds a data line. Some servers repeat the prefix when they wrap another stream, or omit the blank line between two events. */
	#addData(value: string): void {
		const data = value.replace(/^(?:data: ?)+(?=\{|\[DONE\])/, '');
		const [first] = this.#data;
		if (first !== undefined && this.#data.length === 1 && isCompleteEvent(first))
			this.#readLine('');
		this.#data.push(data);
	}

	#readJsonLine(line: string): void {
		const [, code, value = ''] = AI_SDK_LINE.exec(line) ?? [];
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

	/** Adds a whole reply. Skips a final event's reply if its text has already arrived in deltas. */
	#addWholeReply(value: unknown, isFinalEvent: boolean): void {
		if (isFinalEvent && this.#hasDeltas && this.#answer.text !== '') return;
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

/** Unwraps an event that an agent framework nested in another one. Returns other events unchanged. */
function unwrapEvent(object: Record<string, unknown>): Record<string, unknown> {
	if (isObject(object.event)) return object.event;
	const isRaw = object.type === 'raw_response_event' && isObject(object.data);
	return isRaw ? (object.data as Record<string, unknown>) : object;
}

const isCompleteEvent = (data: string): boolean =>
	/^\[DONE\]$|^\{.*\}\s*$/.test(data) && (data === '[DONE]' || isObject(parseJson(data)));

/** Returns whether data is truncated JSON. */
const isIncomplete = (data: string): boolean =>
	data.startsWith('{') && parseJson(data) === undefined;

/** Returns the chunk of a LangGraph pair of chunk and metadata. Returns other values unchanged. */
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
