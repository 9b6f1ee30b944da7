import type { Exchange, Part } from '../exchange.ts';
import { Recorder } from '../recorder.ts';
import { AI_MODES, type AiMode, isAiMode } from './modes.ts';

/** A call of the AI webhook, with what the visitor wrote. */
export interface AiExchange extends Exchange {
	chat: { session_id: string; action: string; message: string };
	/** What a good answer says. */
	say: string;
}

export type AiHandler = (exchange: AiExchange) => void | Promise<void>;
/** An answer by name, or written by hand. */
export type AiAnswer = AiMode | AiHandler;

/** An n8n that answers in every way n8n can: `/n8n/<mode>`. */
export class AiStandIn implements Part {
	/** Every call of the AI webhook. */
	readonly recorder = new Recorder();
	readonly #origin: () => string;
	readonly #planned: AiAnswer[] = [];

	constructor(origin: () => string) {
		this.#origin = origin;
	}

	/** The address that answers in this way; `options` are those of the mode, as `delay` or `text`. */
	url(mode: AiMode, options: Record<string, string | number> = {}): string {
		const query = new URLSearchParams(Object.entries(options).map(([k, v]) => [k, String(v)]));
		return `${this.#origin()}/n8n/${mode}${query.size > 0 ? `?${query}` : ''}`;
	}

	/** The answers to the next calls, one each, whatever their address says. */
	next(...answers: AiAnswer[]): void {
		this.#planned.push(...answers);
	}

	handle(exchange: Exchange, name: string): void | Promise<void> {
		this.recorder.add(exchange.request);
		const chat = readChat(exchange);
		const asked = askedFor(chat.message);
		for (const [option, value] of asked.options) exchange.options.set(option, value);
		const mode = asked.mode ?? name;
		const answer = this.#planned.shift() ?? (isAiMode(mode) ? mode : 'not-registered');
		const handler = typeof answer === 'function' ? answer : AI_MODES[answer];
		const say = exchange.options.get('text') ?? 'Thanks, I noted that. What is your budget?';
		return handler({ ...exchange, chat, say });
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

/** `[[slow-stream delay=50]]` in a message chooses the answer to it. */
function askedFor(message: string): { mode?: AiMode; options: URLSearchParams } {
	const [mode = '', ...options] = /\[\[([^\]]+)\]\]/.exec(message)?.[1]?.trim().split(/\s+/) ?? [];
	if (!isAiMode(mode)) return { options: new URLSearchParams() };
	return { mode, options: new URLSearchParams(options.join('&')) };
}
