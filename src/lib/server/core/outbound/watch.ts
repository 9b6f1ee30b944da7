import type { Exchange } from './exchange.ts';
import { OutboundError } from './outbound-error.ts';

/** Timeouts in ms: until the first byte of the body, between two of its chunks, and for the whole call. */
export interface OutboundTimeouts {
	firstByte: number;
	idle: number;
	total: number;
}

/** Ends a call when one of its timeouts expires or its signal aborts. */
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
		this.#wait = setTimeout(late(timeouts.firstByte, 'no response'), timeouts.firstByte);
		signal?.addEventListener('abort', this.#onAbort);
		if (signal?.aborted) this.#onAbort();
	}

	/** Sets the exchange to end, replacing the one of the previous hop. */
	guard(exchange: Exchange): void {
		this.#exchange = exchange;
		if (this.#failure) exchange.fail(this.#failure);
	}

	/** Stops the timeout that waits for the next chunk. */
	received(): void {
		clearTimeout(this.#wait);
	}

	/** Starts the idle timeout for the next chunk. */
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

	readonly #onAbort = (): void => this.#fail('aborted', 'the call was canceled');

	#fail(reason: 'timeout' | 'aborted', message: string): void {
		this.end();
		const isSent = this.#exchange?.isSent ?? false;
		this.#failure = new OutboundError(reason, message, { isSent });
		this.#exchange?.fail(this.#failure);
	}
}
