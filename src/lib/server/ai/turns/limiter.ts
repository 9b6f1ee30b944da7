interface RunOptions<T> {
	/** How many tasks may run at once under this key. */
	limit: number;
	/** How long to wait for a slot; by default without a limit. */
	maxWaitMs?: number;
	/** Runs instead of `work`, outside of the limit, when no slot became free in time. */
	onTimeout?: () => Promise<T>;
}

/** Runs a bounded number of tasks per key, in order of arrival, so that a slow key never delays another. */
export class Limiter {
	readonly #running = new Map<number, number>();
	readonly #waiting = new Map<number, Set<(hasSlot: boolean) => void>>();

	/** Returns whether the next task would have to wait. */
	isBusy(key: number, limit: number): boolean {
		return (this.#running.get(key) ?? 0) >= limit;
	}

	/** Runs `work` once a slot is free and returns its result. */
	async run<T>(key: number, work: () => Promise<T>, options: RunOptions<T>): Promise<T> {
		const { limit, maxWaitMs, onTimeout } = options;
		if (!this.isBusy(key, limit)) this.#running.set(key, (this.#running.get(key) ?? 0) + 1);
		else if (!(await this.#waitForSlot(key, maxWaitMs)) && onTimeout) return onTimeout();
		try {
			return await work();
		} finally {
			this.#release(key);
		}
	}

	#waitForSlot(key: number, maxWaitMs: number | undefined): Promise<boolean> {
		return new Promise((resolve) => {
			const queue = this.#waiting.get(key) ?? new Set();
			this.#waiting.set(key, queue);
			let timer: NodeJS.Timeout | undefined;
			const settle = (hasSlot: boolean) => {
				clearTimeout(timer);
				queue.delete(settle);
				if (queue.size === 0) this.#waiting.delete(key);
				resolve(hasSlot);
			};
			queue.add(settle);
			if (maxWaitMs !== undefined) timer = setTimeout(settle, maxWaitMs, false);
		});
	}

	/** Passes the slot to the task that has waited longest. */
	#release(key: number): void {
		const [next] = this.#waiting.get(key) ?? [];
		if (next) {
			next(true);
			return;
		}
		const left = (this.#running.get(key) ?? 1) - 1;
		if (left > 0) this.#running.set(key, left);
		else this.#running.delete(key);
	}
}
