export interface WaitOptions<T> {
	/** How long to wait for a slot; by default without a limit. */
	maxWaitMs?: number;
	/** Runs instead of `work`, outside of the limit, when no slot became free in time. */
	onTimeout?: () => Promise<T>;
}

interface RunOptions<T> extends WaitOptions<T> {
	/** Returns how many tasks may run at once under this key, now. */
	limit: () => number;
}

interface Waiting {
	limit: () => number;
	settle: (hasSlot: boolean) => void;
}

/** Runs a bounded number of tasks per key, in order of arrival, so that a slow key never delays another. */
export class Limiter {
	readonly #running = new Map<number, number>();
	readonly #waiting = new Map<number, Set<Waiting>>();

	/** Returns how many tasks are running, by key. */
	get running(): ReadonlyMap<number, number> {
		return this.#running;
	}

	/** Returns whether the next task would have to wait. */
	isBusy(key: number, limit: number): boolean {
		return this.#waiting.has(key) || (this.#running.get(key) ?? 0) >= limit;
	}

	/** Runs `work` once a slot is free and returns its result. */
	async run<T>(key: number, work: () => Promise<T>, options: RunOptions<T>): Promise<T> {
		const { limit, maxWaitMs, onTimeout } = options;
		if (!this.isBusy(key, limit())) this.#take(key);
		else if (!(await this.#waitForSlot(key, limit, maxWaitMs)) && onTimeout) return onTimeout();
		try {
			return await work();
		} finally {
			this.#release(key);
		}
	}

	/** Starts the tasks that a raised limit has room for, those that have waited longest first. */
	refill(key: number): void {
		for (const next of [...(this.#waiting.get(key) ?? [])]) {
			if ((this.#running.get(key) ?? 0) >= next.limit()) return;
			this.#take(key);
			next.settle(true);
		}
	}

	/** Does the same for every key. */
	refillAll(): void {
		for (const key of [...this.#waiting.keys()]) this.refill(key);
	}

	#waitForSlot(key: number, limit: () => number, maxWaitMs: number | undefined): Promise<boolean> {
		return new Promise((resolve) => {
			const queue = this.#waiting.get(key) ?? new Set();
			this.#waiting.set(key, queue);
			let timer: NodeJS.Timeout | undefined;
			const waiting: Waiting = {
				limit,
				settle(hasSlot) {
					clearTimeout(timer);
					leave();
					resolve(hasSlot);
				},
			};
			const leave = () => {
				queue.delete(waiting);
				if (queue.size === 0) this.#waiting.delete(key);
			};
			queue.add(waiting);
			if (maxWaitMs !== undefined) timer = setTimeout(waiting.settle, maxWaitMs, false);
		});
	}

	#take(key: number): void {
		this.#running.set(key, (this.#running.get(key) ?? 0) + 1);
	}

	#release(key: number): void {
		const left = (this.#running.get(key) ?? 1) - 1;
		if (left > 0) this.#running.set(key, left);
		else this.#running.delete(key);
		this.refill(key);
	}
}
