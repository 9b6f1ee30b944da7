import type { Exchange } from './exchange.ts';
import { OutboundError } from './outbound-error.ts';

/** Milliseconds to the first byte of the answer's body, between two pieces of it, and in all. */
export interface OutboundTimeouts {
	firstByte: number;
	idle: number;
	total: number;
}

/** Ends a call when one of its time limits passes or its signal says so. */
export class Watch {
	readonly #limits: OutboundTimeouts;
	readonly #signal: AbortSignal | undefined;
	readonly #total: NodeJS.Timeout;
	#wait: NodeJS.Timeout;
	#exchange: Exchange | undefined;
	#failure: OutboundError | undefined;

	constructor({ timeouts, signal }: { timeouts: OutboundTimeouts; signal?: AbortSignal }) {
		this.#limits = timeouts;
		this.#signal = signal;
		const late = (ms: number, what: string) => () =>
			this.#fail('timeout', `${what} within ${ms / 1000} s`);
		this.#total = setTimeout(late(timeouts.total, 'the answer was not complete'), timeouts.total);
		this.#wait = setTimeout(late(timeouts.firstByte, 'no answer came'), timeouts.firstByte);
		signal?.addEventListener('abort', this.#onAbort);
		if (signal?.aborted) this.#onAbort();
	}

	/** From now on it is this exchange that is ended. */
	guard(exchange: Exchange): void {
		this.#exchange = exchange;
		if (this.#failure) exchange.fail(this.#failure);
	}

	/** Something came. */
	heard(): void {
		clearTimeout(this.#wait);
	}

	/** Something more must come within the idle limit. */
	awaitMore(): void {
		const { idle } = this.#limits;
		clearTimeout(this.#wait);
		this.#wait = setTimeout(() => {
			this.#fail('timeout', `the answer stopped: nothing more came within ${idle / 1000} s`);
		}, idle);
	}

	end(): void {
		clearTimeout(this.#wait);
		clearTimeout(this.#total);
		this.#signal?.removeEventListener('abort', this.#onAbort);
	}

	readonly #onAbort = (): void => this.#fail('aborted', 'the call was given up');

	#fail(reason: 'timeout' | 'aborted', message: string): void {
		this.end();
		const isSent = this.#exchange?.isSent ?? false;
		this.#failure = new OutboundError(reason, message, { isSent });
		this.#exchange?.fail(this.#failure);
	}
}
