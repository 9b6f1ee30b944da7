export interface WaitOptions<T> {
	/** The maximum wait for a slot; unlimited by default. */
	maxWaitMs?: number;
	/** Runs instead of `work`, outside the limit, if no slot becomes free in time. */
	onTimeout?: () => Promise<T>;
}

interface RunOptions<T> extends WaitOptions<T> {
	/** Returns the current maximum of concurrent tasks for this key. */
	limit: () => number;
}

interface WaitingTask {
	limit: () => number;
	settle: (hasSlot: boolean) => void;
}

/** Runs a bounded number of concurrent tasks per key, in order of arrival, so that a slow key never delays another. */
export class Limiter {
	readonly #running = new Map<number, number>();
	readonly #waiting = new Map<number, Set<WaitingTask>>();

	/** The number of running tasks by key. */
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
		if (!this.isBusy(key, limit())) this.#acquire(key);
		else if (!(await this.#waitForSlot(key, limit, maxWaitMs)) && onTimeout) return onTimeout();
		try {
			return await work();
		} finally {
			this.#release(key);
		}
	}

	/** Starts waiting tasks that a raised limit has room for, in order of arrival. */
	refill(key: number): void {
		for (const next of [...(this.#waiting.get(key) ?? [])]) {
			if ((this.#running.get(key) ?? 0) >= next.limit()) return;
			this.#acquire(key);
			next.settle(true);
		}
	}

	/** Calls `refill` for every key. */
	refillAll(): void {
		for (const key of [...this.#waiting.keys()]) this.refill(key);
	}

	#waitForSlot(key: number, limit: () => number, maxWaitMs: number | undefined): Promise<boolean> {
		return new Promise((resolve) => {
			const queue = this.#waiting.get(key) ?? new Set();
			this.#waiting.set(key, queue);
			let timer: NodeJS.Timeout | undefined;
			const task: WaitingTask = {
				limit,
				settle(hasSlot) {
					clearTimeout(timer);
					leave();
					resolve(hasSlot);
				},
			};
			const leave = () => {
				queue.delete(task);
				if (queue.size === 0) this.#waiting.delete(key);
			};
			queue.add(task);
			if (maxWaitMs !== undefined) timer = setTimeout(task.settle, maxWaitMs, false);
		});
	}

	#acquire(key: number): void {
		this.#running.set(key, (this.#running.get(key) ?? 0) + 1);
	}

	#release(key: number): void {
		const remaining = (this.#running.get(key) ?? 1) - 1;
		if (remaining > 0) this.#running.set(key, remaining);
		else this.#running.delete(key);
		this.refill(key);
	}
}
