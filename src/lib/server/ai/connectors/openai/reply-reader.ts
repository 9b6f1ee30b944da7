import { createParser } from 'eventsource-parser';
import { z } from 'zod';
import { ConnectorError } from '../connector.ts';
import { joinParts } from '../reply/parts.ts';
import type { ToolCall } from './prompt.ts';

/** Parses a value that servers send in other types as `undefined`, so that it doesn't invalidate its neighbors. */
const lenient = <T extends z.ZodType>(schema: T) => schema.nullish().catch(undefined);

const calls = lenient(
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
	tool_calls: calls,
});
const chunk = z.object({
	id: lenient(z.string()),
	choices: z
		.array(
			z.object({
				delta: chatMessage.nullish(),
				message: chatMessage.nullish(),
				/** Of a server that only completes texts. */
				text: lenient(z.string()),
				finish_reason: lenient(z.string()),
			}),
		)
		.nullish(),
	error: z.unknown().optional(),
});

function toJson(value: object): string {
	return JSON.stringify(value);
}

const MAX_ARGUMENTS = 64 * 1024;

/** Reads one answer of a chat completions API: a stream of events, or a single JSON value from a server that doesn't stream. */
export class ReplyReader {
	shape: string | undefined;
	/** The answer's id in the provider's log. */
	id: string | undefined;
	finish: string | undefined;
	#pending = '';
	#json = '';
	#isDone = false;
	readonly #calls: { id: string; name: string; arguments: string }[] = [];
	readonly #parser = createParser({ onEvent: ({ data }) => this.#event(data) });
	#isEventStream: boolean;
	#hasStarted = false;

	constructor(contentType: string) {
		this.#isEventStream = !/^\s*application\/json/i.test(contentType);
	}

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

	push(text: string): void {
		// Servers and proxies declare either format as the other.
		const start = this.#hasStarted ? '' : text.trimStart();
		if (start !== '') {
			this.#hasStarted = true;
			this.#isEventStream &&= !start.startsWith('{');
			this.#isEventStream ||= /^(?:data|event|id|:)/.test(start);
		}
		if (this.#isEventStream) this.#parser.feed(text);
		else this.#json += text;
	}

	/** Throws ConnectorError if the body wasn't a complete answer. */
	end(): void {
		if (!this.#isEventStream) this.#take(this.#json, 'openai.json');
		else this.#parser.feed('\n\n');
		if (this.shape === undefined) throw new ConnectorError('bad_shape', NO_ANSWER);
		const isWhole = this.#isDone || this.finish !== undefined || !this.#isEventStream;
		if (!isWhole)
			throw new ConnectorError(
				'unreachable',
				'The connection was lost before the end of the answer.',
			);
	}

	/** Returns the text that has arrived since the last call. */
	drain(): string {
		const text = this.#pending;
		this.#pending = '';
		return text;
	}

	#event(data: string): void {
		// Gateways forward comments, such as OpenRouter's ": OPENROUTER PROCESSING", as data.
		if (this.#isDone || data.trim() === '' || data.startsWith(':')) return;
		if (data.trim() === '[DONE]') this.#isDone = true;
		// Other text is a heartbeat.
		else if (data.trimStart().startsWith('{')) this.#take(data, 'openai.stream');
	}

	#take(body: string, shape: string): void {
		const parsed = chunk.safeParse(readJson(body));
		if (!parsed.success) throw new ConnectorError('bad_shape', NO_ANSWER);
		const { id, choices, error } = parsed.data;
		if (error !== undefined && error !== null) throw streamError(error);
		this.id ??= id ?? undefined;
		if (!choices) return;
		this.shape = shape;
		const [choice] = choices;
		const { content, refusal, tool_calls } = choice?.delta ?? choice?.message ?? {};
		const text = Array.isArray(content) ? joinParts(content) : (content ?? choice?.text);
		this.#pending += text || (refusal ?? '');
		for (const [position, call] of (tool_calls ?? []).entries()) {
			this.#addCall(call.index ?? position, call);
		}
		this.finish = choice?.finish_reason ?? this.finish;
	}

	/** Adds a fragment of a function call; only the first fragment has its name and id. */
	#addCall(index: number, fragment: NonNullable<z.infer<typeof calls>>[number]): void {
		while (this.#calls.length <= index) this.#calls.push({ id: '', name: '', arguments: '' });
		const call = this.#calls[index];
		if (!call) return;
		call.id ||= fragment.id ?? '';
		call.name ||= fragment.function?.name ?? '';
		call.arguments += fragment.function?.arguments ?? '';
		if (call.arguments.length > MAX_ARGUMENTS) {
			throw new ConnectorError('too_large', 'The function call is far larger than a lead.');
		}
	}
}

const NO_ANSWER =
	'The answer does not come from a chat completions API: check that the base URL ends where /chat/completions begins (often with /v1).';

function streamError(error: unknown): ConnectorError {
	const parsed = z.union([z.string(), z.object({ message: z.string() })]).safeParse(error).data;
	const reason = typeof parsed === 'string' ? parsed : parsed?.message;
	return new ConnectorError(
		'workflow_error',
		`The API reported an error${reason ? `: ${reason.slice(0, 300)}` : '.'}`,
	);
}

function readJson(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
}
