import { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';
import type { Hop } from './hop.ts';

export interface Head {
	status: number;
	headers: Headers;
}

/** One request on the wire. Turns undici's callbacks into a promise of the head and a stream of raw bytes. */
export class Exchange implements Dispatcher.DispatchHandler {
	readonly head = Promise.withResolvers<Head>();
	readonly raw: Readable;
	/** Whether any part of the request may have been sent. */
	isSent = false;
	#controller: Dispatcher.DispatchController | undefined;
	#failure: Error | undefined;

	constructor() {
		this.raw = new Readable({
			read: () => this.#controller?.resume(),
			destroy: (error, done) => {
				// Has no effect on a complete response, whose socket is reused.
				this.#controller?.abort(error ?? new Error('not read to the end'));
				done(error);
			},
		});
		// Readers get the errors. Without these handlers, an error without a reader would end the process.
		this.raw.on('error', () => {});
		this.head.promise.catch(() => {});
	}

	send(dispatcher: Dispatcher, { url, method, headers, body }: Hop): void {
		if (this.#failure) return;
		const path = url.pathname + url.search;
		dispatcher.dispatch({ origin: url.origin, path, method, headers, body }, this);
	}

	/** Ends the exchange immediately, in any state. */
	fail(error: Error): void {
		this.#failure ??= error;
		this.head.reject(error);
		this.raw.destroy(error);
	}

	onRequestStart(controller: Dispatcher.DispatchController): void {
		this.#controller = controller;
		if (this.#failure) controller.abort(this.#failure);
		else this.isSent = true;
	}

	onResponseStart(
		_: Dispatcher.DispatchController,
		status: number,
		fields: Record<string, string | string[] | undefined>,
	): void {
		if (status < 200) return;
		const headers = new Headers();
		for (const [name, values] of Object.entries(fields)) {
			for (const value of [values ?? []].flat()) headers.append(name, value);
		}
		this.head.resolve({ status, headers });
	}

	onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
		if (!this.raw.push(chunk)) controller.pause();
	}

	onResponseEnd(): void {
		this.raw.push(null);
	}

	onResponseError(_: Dispatcher.DispatchController | undefined, error: Error): void {
		this.fail(error);
	}
}
