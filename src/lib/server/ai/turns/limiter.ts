interface RunOptions<T> {
	/** How many may run at once under this key. */
	limit: number;
	/** How long to wait for a slot; without it, until there is one. */
	maxWaitMs?: number;
	/** Runs instead of the work, outside of the limit, when no slot was free in time. */
	onTimeout?: () => Promise<T>;
}

/** Runs a bounded number of tasks per key, first come, first served, so that a slow key never delays another. */
export class Limiter {
	readonly #running = new Map<number, number>();
	readonly #waiting = new Map<number, Set<(hasSlot: boolean) => void>>();

	/** Whether the next task would have to wait. */
	isBusy(key: number, limit: number): boolean {
		return (this.#running.get(key) ?? 0) >= limit;
	}

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
			const leave = (hasSlot: boolean) => {
				clearTimeout(timer);
				queue.delete(leave);
				if (queue.size === 0) this.#waiting.delete(key);
				resolve(hasSlot);
			};
			queue.add(leave);
			if (maxWaitMs !== undefined) timer = setTimeout(leave, maxWaitMs, false);
		});
	}

	/** Hands the slot to the task that has waited longest. */
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
