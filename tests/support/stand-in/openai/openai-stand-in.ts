import { type Exchange, type Service, send } from '../exchange.ts';
import { Recorder } from '../recorder.ts';
import { OPENAI_MODES, type OpenAiMode } from './modes.ts';

/** Stands in for an OpenAI-compatible server, working or failing: `/openai/<mode>/v1`. */
export class OpenAiStandIn implements Service {
	/** All calls to the API. */
	readonly recorder = new Recorder();
	readonly #origin: () => string;
	readonly #calls = new Map<string, number>();

	constructor(origin: () => string) {
		this.#origin = origin;
	}

	/** Returns the base URL that answers in this mode. */
	url(mode: OpenAiMode): string {
		return `${this.#origin()}/openai/${mode}/v1`;
	}

	/** Forgets all calls, so that every mode counts from 1 again. */
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
