import { type Exchange, type Part, send } from '../exchange.ts';
import { Recorder } from '../recorder.ts';
import { OPENAI_MODES, type OpenAiMode } from './modes.ts';

/** A server that speaks the chat completions protocol, on good days and bad: `/openai/<mode>/v1`. */
export class OpenAiStandIn implements Part {
	/** Every call. */
	readonly recorder = new Recorder();
	readonly #origin: () => string;
	readonly #calls = new Map<string, number>();

	constructor(origin: () => string) {
		this.#origin = origin;
	}

	/** The base URL that answers in this way. */
	url(mode: OpenAiMode): string {
		return `${this.#origin()}/openai/${mode}/v1`;
	}

	/** Forgets all calls: the next one is a mode's first again. */
	clear(): void {
		this.recorder.clear();
		this.#calls.clear();
	}

	handle(exchange: Exchange, rest: string): void | Promise<void> {
		this.recorder.add(exchange.request);
		const [mode = '', ...path] = rest.split('/');
		if (path.join('/') !== 'v1/chat/completions' || !isMode(mode)) {
			send(exchange.response, 404, 'application/json', '{"error":{"message":"Invalid URL"}}');
			return;
		}
		const call = (this.#calls.get(mode) ?? 0) + 1;
		this.#calls.set(mode, call);
		return OPENAI_MODES[mode]({ ...exchange, call });
	}
}

const isMode = (name: string): name is OpenAiMode => Object.hasOwn(OPENAI_MODES, name);
