/** At most so many at a time per key, first come first served, so that one site's slow AI holds up no other site. */
export class Limiter {
	#running = new Map<number, number>();
	#waiting = new Map<number, (() => void)[]>();

	/** True when the next one would have to wait. */
	isBusy(key: number, limit: number): boolean {
		return (this.#running.get(key) ?? 0) >= limit;
	}

	async run<T>(key: number, limit: number, work: () => Promise<T>): Promise<T> {
		if (this.isBusy(key, limit)) {
			await new Promise<void>((start) => {
				this.#waiting.set(key, [...(this.#waiting.get(key) ?? []), start]);
			});
		} else {
			this.#running.set(key, (this.#running.get(key) ?? 0) + 1);
		}
		try {
			return await work();
		} finally {
			this.#release(key);
		}
	}

	#release(key: number): void {
		const [next, ...rest] = this.#waiting.get(key) ?? [];
		if (rest.length > 0) this.#waiting.set(key, rest);
		else this.#waiting.delete(key);
		if (next) {
			next();
			return;
		}
		const left = (this.#running.get(key) ?? 1) - 1;
		if (left > 0) this.#running.set(key, left);
		else this.#running.delete(key);
	}
}
