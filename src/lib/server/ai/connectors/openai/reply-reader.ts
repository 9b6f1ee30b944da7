import { createParser } from 'eventsource-parser';
import { z } from 'zod';
import { tryParseJson } from '#lib/server/core/parse.ts';
import { ConnectorError } from '../connector.ts';
import { parseJsonValues } from '../reply/json.ts';
import { joinParts } from '../reply/parts.ts';
import { DeltaJoiner } from '../reply/delta-joiner.ts';
import { findFailureReason } from '../reply/reported-failure.ts';
import { isObject } from '../reply/side-fields.ts';
import type { ToolCall } from './prompt.ts';

/** Parses a value of an unexpected type as `undefined`, so that it doesn't invalidate its neighbors. */
const lenient = <T extends z.ZodType>(schema: T) => schema.nullish().catch(undefined);

const functionCalls = lenient(
	z.array(
		z.object({
			index: lenient(z.number().int().nonnegative().max(63)),
			id: lenient(z.coerce.string()),
			function: lenient(
				z.object({
					name: lenient(z.string()),
					/** Some servers send the object instead of its JSON. */
					arguments: lenient(z.union([z.string(), z.looseObject({}).transform(toJson)])),
				}),
			),
		}),
	),
);
const chatMessage = z.object({
	/** A text, or a list of parts, some of which may be reasoning. */
	content: lenient(z.union([z.string(), z.array(z.unknown())])),
	refusal: lenient(z.string()),
	tool_calls: functionCalls,
});
const chunk = z.object({
	id: lenient(z.string()),
	choices: z
		.array(
			z.object({
				delta: chatMessage.nullish(),
				message: chatMessage.nullish(),
				/** Sent by servers that offer only text completion. */
				text: lenient(z.string()),
				finish_reason: lenient(z.string()),
				index: lenient(z.number()),
				/** Sent by a gateway whose provider failed in the middle of an answer. */
				error: z.unknown().optional(),
			}),
		)
		.nullish(),
});

interface FunctionCall {
	id: string;
	name: string;
	arguments: string;
}

function toJson(value: object): string {
	return JSON.stringify(value);
}

const MAX_ARGUMENTS_LENGTH = 64 * 1024;
const MAX_CALLS = 64;

/** Reads one answer of a chat completions API: a stream of events, or a single JSON value from a server that doesn't stream. */
export class ReplyReader {
	shape: string | undefined;
	/** The answer's ID in the provider's log. */
	id: string | undefined;
	finishReason: string | undefined;
	#pending = '';
	#isRestarted = false;
	/** The body, unless it is a stream of events: JSON or JSON lines. */
	#body = '';
	/** Decided by the first character of the body, because testing the growing body would copy it for each chunk. */
	#isJson = false;
	#isDone = false;
	#hasEvents = false;
	#hasText = false;
	readonly #text = new DeltaJoiner();
	readonly #calls: FunctionCall[] = [];
	/** The last call by index. */
	readonly #lastCalls = new Map<number, FunctionCall>();
	readonly #parser = createParser({
		onEvent: ({ event, data }) => {
			this.#hasEvents = true;
			this.#body = '';
			this.#readEvent(data, event);
		},
	});

	get isDone(): boolean {
		return this.#isDone;
	}

	/** The function calls in the answer. */
	get toolCalls(): ToolCall[] {
		return this.#calls
			.filter(({ name }) => name !== '')
			.map(({ id, name, arguments: text }, index) => ({
				id: id || `call_${index}`,
				type: 'function',
				function: { name, arguments: text },
			}));
	}

	/** Detects the format from the body, because servers and proxies may declare the wrong one. */
	push(text: string): void {
		const isStart = this.#body === '' && !this.#hasEvents;
		const chunk = isStart ? text.replace(/^[\ufeff\s]+/, '') : text;
		if (isStart) this.#isJson = /^[{[]/.test(chunk);
		if (!this.#hasEvents) this.#body += chunk;
		if (!this.#isJson) this.#parser.feed(chunk);
	}

	/** Throws ConnectorError if the body wasn't a complete answer. */
	end(): void {
		if (!this.#isJson) this.#parser.feed('\n\n');
		if (!this.#hasEvents) this.#readBody();
		if (this.shape === undefined) throw new ConnectorError('bad_shape', NO_ANSWER);
		const isComplete = this.#isDone || this.finishReason !== undefined || !this.#hasEvents;
		if (!isComplete)
			throw new ConnectorError(
				'unreachable',
				'The connection was lost before the end of the answer.',
			);
	}

	/** Reads a body without events: an answer, a list of its chunks, or JSON lines, possibly after comments. */
	#readBody(): void {
		const body = this.#body.replace(/^(?::[^\n]*\n\s*)+/, '').trim();
		const json = tryParseJson(body);
		const values = json === undefined ? (parseJsonValues(body) ?? []) : [json].flat();
		for (const value of values) this.#readChunk(value, 'openai.json');
	}

	/** Returns the text that has arrived since the last call. */
	drain(): string {
		const text = this.#pending;
		this.#pending = '';
		return text;
	}

	/** Returns, once, whether the server has restarted its answer, so that text drained before must be discarded. */
	takeRestart(): boolean {
		const isRestarted = this.#isRestarted;
		this.#isRestarted = false;
		return isRestarted;
	}

	#readEvent(data: string, name?: string): void {
		const json = data.trim().replace(/^(?:data: ?)+(?=[{[])/, '');
		// Gateways forward comments, such as OpenRouter's ": OPENROUTER PROCESSING", as data.
		if (this.#isDone || json === '' || json.startsWith(':')) return;
		if (/^"?\[DONE\]"?$/.test(json)) {
			this.#isDone = true;
			return;
		}
		// Other text is a heartbeat.
		if (!/^[{[]/.test(json)) return;
		const value = tryParseJson(json);
		if (name === 'error')
			throw createApiError(
				isObject(value) ? findFailureReason({ error: value.error ?? value }) : json,
			);
		if (value !== undefined || !json.includes('\n')) {
			for (const chunk of [value].flat()) this.#readChunk(chunk, 'openai.stream');
		} else {
			// Some servers forget the blank line between two events.
			for (const line of json.split('\n')) this.#readEvent(line);
		}
	}

	#readChunk(value: unknown, shape: string): void {
		const parsed = chunk.safeParse(value);
		if (!parsed.success) throw new ConnectorError('bad_shape', NO_ANSWER);
		const { id, choices } = parsed.data;
		const failure = isObject(value) && !choices?.length ? findFailureReason(value) : undefined;
		const error = isObject(value) ? value.error : undefined;
		if (failure !== undefined || error)
			throw createApiError(failure ?? findFailureReason({ error }));
		this.id ??= id ?? undefined;
		if (!choices) return;
		this.shape = shape;
		const choice = choices.find(({ index }) => !index);
		if (choice?.error) throw createApiError(findFailureReason({ error: choice.error }));
		const { content, refusal, tool_calls } = choice?.delta ?? choice?.message ?? {};
		const text = Array.isArray(content) ? joinParts(content) : (content ?? choice?.text);
		// A whole message after deltas repeats them.
		if (choice?.delta || !this.#hasText) this.#addText(text || (refusal ?? ''));
		for (const [position, call] of (tool_calls ?? []).entries()) {
			this.#addCall(call.index ?? position, call);
		}
		this.finishReason = choice?.finish_reason ?? this.finishReason;
	}

	#addText(chunk: string): void {
		const { text, isRestart } = this.#text.add(chunk);
		if (isRestart) {
			this.#isRestarted = true;
			this.#pending = '';
		}
		this.#pending += text;
		this.#hasText ||= chunk !== '';
	}

	/**
	 * Adds a fragment of a function call; only the first fragment has its name and ID. Some servers give several calls the same
	 * index, repeat a whole call, or repeat its arguments so far.
	 */
	#addCall(index: number, fragment: NonNullable<z.infer<typeof functionCalls>>[number]): void {
		const { function: called } = fragment;
		const id = fragment.id ?? '';
		const added = called?.arguments ?? '';
		let call = this.#lastCalls.get(index);
		const isOther = call && id !== '' && call.id !== '' && id !== call.id;
		const isNext = call && added.startsWith('{') && isObject(tryParseJson(call.arguments));
		if (isNext && !isOther && added === call?.arguments) return;
		if (!call || isOther || isNext) {
			call = { id: '', name: isNext && !isOther ? (call?.name ?? '') : '', arguments: '' };
			this.#calls.push(call);
			this.#lastCalls.set(index, call);
		}
		// IDs must be unique.
		const isTaken = this.#calls.some((other) => other !== call && other.id === id);
		if (!isTaken) call.id ||= id;
		call.name ||= called?.name ?? '';
		const isRepeated = call.arguments !== '' && added.startsWith(call.arguments);
		call.arguments = isRepeated ? added : call.arguments + added;
		if (call.arguments.length > MAX_ARGUMENTS_LENGTH || this.#calls.length > MAX_CALLS) {
			throw new ConnectorError('too_large', 'The function call is far larger than a lead.');
		}
	}
}

const NO_ANSWER =
	'The answer does not come from a chat completions API: check that the base URL ends where /chat/completions begins (often with /v1).';

const createApiError = (reason: string | undefined): ConnectorError =>
	new ConnectorError(
		'workflow_error',
		`The API reported an error${reason ? `: ${reason.slice(0, 300)}` : '.'}`,
	);
