import { ConnectorError } from '../connector';
import type { Answer } from './answer';
import { findReply } from './read-reply';
import { HeldText } from './held-text';
import { Lines } from './lines';
import { RunsReader, toChunk } from './runs-reader';
import { isObject, mergeFields, readSideFields } from './side-fields';

/** Events that say nothing, and events after which nothing is said. */
const SILENT = new Set(['ping', 'heartbeat', 'keepalive', 'keep-alive']);
const LAST = new Set(['done', 'end', 'complete', 'completed', 'close']);
const DELTA_KEYS = ['delta', 'token', 'text', 'content'];

/** Reads server-sent events: text, JSON with pieces or whole replies, and those of OpenAI's kind. */
export class EventsReader {
	/** After the event that says so, nothing more is waited for. */
	isDone = false;
	readonly #answer: Answer;
	readonly #lines = new Lines();
	readonly #held = new HeldText();
	#runs: RunsReader | undefined;
	#event = '';
	#data: string[] = [];

	constructor(answer: Answer) {
		this.#answer = answer;
		answer.shape = 'sse';
	}

	push(text: string): void {
		for (const line of this.#lines.push(text)) this.#line(line);
	}

	end(): void {
		this.#line(this.#lines.end());
		this.#line('');
		this.#runs?.end();
		const reply = this.#held.end();
		if (reply) this.#answer.add(reply);
	}

	#line(line: string): void {
		if (this.isDone) return;
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

	#dispatch(event: string, data: string): void {
		const isLast = LAST.has(event);
		if (data.trim() === '[DONE]') {
			this.isDone = true;
			return;
		}
		const value = parsed(data);
		if (event === 'error') throw failed(value);
		if (isObject(value)) this.#object(value, isLast);
		else if (!isLast) this.#say(typeof value === 'string' ? value : data);
		if (isLast) this.isDone = true;
	}

	#object(object: Record<string, unknown>, isLast: boolean): void {
		const chunk = toChunk(object);
		if (chunk) {
			this.#runs ??= new RunsReader(this.#answer);
			this.#runs.take(chunk);
			return;
		}
		mergeFields(this.#answer.fields, readSideFields(object));
		const delta = isLast ? undefined : deltaOf(object);
		if (delta !== undefined) {
			this.#say(delta);
			return;
		}
		const reply = findReply(object, 'sse');
		if (reply) this.#answer.add(reply);
	}

	#say(piece: string): void {
		this.#answer.say(this.#held.push(piece));
	}
}

/** The piece of text in an event, or undefined when it has none. */
function deltaOf(object: Record<string, unknown>): string | undefined {
	if (Array.isArray(object.choices)) {
		const choice: unknown = object.choices[0];
		return isObject(choice) && !isObject(choice.message) ? (deltaOf(choice) ?? '') : undefined;
	}
	for (const key of DELTA_KEYS) {
		const value = object[key];
		if (typeof value === 'string') return value;
		if (key === 'delta' && isObject(value)) return deltaOf(value) ?? '';
	}
	return undefined;
}

function parsed(data: string): unknown {
	if (!/^["{]/.test(data)) return undefined;
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
