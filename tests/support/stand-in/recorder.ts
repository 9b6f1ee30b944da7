import type { RecordedRequest } from './exchange.ts';

/** Requests in the order they came, and a way to wait for the next ones. */
export class Recorder {
	readonly requests: RecordedRequest[] = [];
	readonly #waiting = new Set<() => void>();

	add(request: RecordedRequest): void {
		this.requests.push(request);
		for (const check of this.#waiting) check();
	}

	/** Forgets what came so far. */
	clear(): void {
		this.requests.length = 0;
	}

	/** Resolves with all requests as soon as there are `count`; rejects after `limit_ms`. */
	waitFor(count: number, limit_ms = 10_000): Promise<RecordedRequest[]> {
		const { promise, resolve, reject } = Promise.withResolvers<RecordedRequest[]>();
		const check = () => {
			if (this.requests.length >= count) finish(() => resolve([...this.requests]));
		};
		const finish = (settle: () => void) => {
			clearTimeout(timer);
			this.#waiting.delete(check);
			settle();
		};
		const timer = setTimeout(() => {
			const came = this.requests.length;
			finish(() => reject(new Error(`${came} of ${count} requests came in ${limit_ms} ms`)));
		}, limit_ms);
		this.#waiting.add(check);
		check();
		return promise;
	}
}
