import type { Exchange, Service } from '../exchange.ts';
import { Recorder } from '../recorder.ts';
import { AI_MODES, type AiMode, isAiMode } from './modes.ts';

/** A call to the AI webhook, with the visitor's message. */
export interface AiExchange extends Exchange {
	chat: { session_id: string; action: string; message: string };
	/** The text of a successful reply. */
	reply: string;
}

export type AiHandler = (exchange: AiExchange) => void | Promise<void>;
/** An answer by name, or a custom handler. */
export type AiAnswer = AiMode | AiHandler;

/** Stands in for n8n, with every kind of answer: `/n8n/<mode>`. */
export class AiStandIn implements Service {
	/** All calls to the AI webhook. */
	readonly recorder = new Recorder();
	readonly #origin: () => string;
	readonly #queue: AiAnswer[] = [];
	/** The answer of the workflow at `url('published')`. A test replaces it as if a new version were published. */
	published: AiAnswer = 'object';

	constructor(origin: () => string) {
		this.#origin = origin;
	}

	/** Returns the address that answers in this mode, with the mode's options, such as `delay` or `text`. */
	url(mode: AiMode | 'published', options: Record<string, string | number> = {}): string {
		const query = new URLSearchParams(
			Object.entries(options).map(([name, value]) => [name, String(value)]),
		);
		return `${this.#origin()}/n8n/${mode}${query.size > 0 ? `?${query}` : ''}`;
	}

	/** Queues answers to the next calls, one each. They take precedence over the mode in the address. */
	next(...answers: AiAnswer[]): void {
		this.#queue.push(...answers);
	}

	handle(exchange: Exchange, name: string): void | Promise<void> {
		this.recorder.add(exchange.request);
		const chat = readChat(exchange);
		const requested = readRequestedMode(chat.message);
		for (const [option, value] of requested.options) exchange.options.set(option, value);
		const mode = requested.mode ?? name;
		const usual = name === 'published' ? this.published : 'not-registered';
		const answer = this.#queue.shift() ?? (isAiMode(mode) ? mode : usual);
		const handler = typeof answer === 'function' ? answer : AI_MODES[answer];
		const reply = exchange.options.get('text') ?? 'Thanks, I noted that. What is your budget?';
		return handler({ ...exchange, chat, reply });
	}
}

function readChat({ request }: Exchange): AiExchange['chat'] {
	const body = request.body.length > 0 ? request.json() : {};
	const fields = new Map<string, unknown>(Object.entries(body ?? {}));
	const text = (...names: string[]) =>
		names.map((name) => fields.get(name)).find((value) => typeof value === 'string') ?? '';
	return {
		session_id: text('session_id', 'sessionId'),
		action: text('action'),
		message: text('message', 'chatInput'),
	};
}

/** Returns the mode that a message requests for its answer, as in `[[slow-stream delay=50]]`. */
function readRequestedMode(message: string): { mode?: AiMode; options: URLSearchParams } {
	const [mode = '', ...options] = /\[\[([^\]]+)\]\]/.exec(message)?.[1]?.trim().split(/\s+/) ?? [];
	if (!isAiMode(mode)) return { options: new URLSearchParams() };
	return { mode, options: new URLSearchParams(options.join('&')) };
}
