import { WAIT_TIMEOUT_MS } from '../wait-timeout.ts';
import type { RecordedRequest } from './exchange.ts';

/** Records requests in order of arrival, and lets tests wait for more. */
export class Recorder {
	readonly requests: RecordedRequest[] = [];
	readonly #waiting = new Set<() => void>();

	add(request: RecordedRequest): void {
		this.requests.push(request);
		for (const check of this.#waiting) check();
	}

	/** Forgets all requests so far. */
	clear(): void {
		this.requests.length = 0;
	}

	/** Resolves with all requests once there are `count`. Rejects after `limit_ms`. */
	waitFor(count: number, limit_ms = WAIT_TIMEOUT_MS): Promise<RecordedRequest[]> {
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
			const arrived = this.requests.length;
			finish(() => reject(new Error(`${arrived} of ${count} requests arrived in ${limit_ms} ms`)));
		}, limit_ms);
		this.#waiting.add(check);
		check();
		return promise;
	}
}
