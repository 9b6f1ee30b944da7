import { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';
import type { Hop } from './hop.ts';

export interface Head {
	status: number;
	headers: Headers;
}

/** One request on the wire: undici's callbacks as a promise of the head and a stream of raw bytes. */
export class Exchange implements Dispatcher.DispatchHandler {
	readonly head = Promise.withResolvers<Head>();
	readonly raw: Readable;
	/** Whether any of the request may have left. */
	isSent = false;
	#controller: Dispatcher.DispatchController | undefined;
	#failure: Error | undefined;

	constructor() {
		this.raw = new Readable({
			read: () => this.#controller?.resume(),
			destroy: (error, done) => {
				// Without effect on an answer that is complete: its socket is used again.
				this.#controller?.abort(error ?? new Error('not read to the end'));
				done(error);
			},
		});
		// Whoever reads is told; nobody need be reading.
		this.raw.on('error', () => {});
		this.head.promise.catch(() => {});
	}

	send(dispatcher: Dispatcher, { url, method, headers, body }: Hop): void {
		if (this.#failure) return;
		const path = url.pathname + url.search;
		dispatcher.dispatch({ origin: url.origin, path, method, headers, body }, this);
	}

	/** Ends it at once, whatever state it is in. */
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
