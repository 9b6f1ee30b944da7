const BATCH_SIZE = 32;
/** The maximum number of concurrent queries, each of which occupies a connection of the pool. */
const MAX_RUNNING = 2;

interface QueuedRead<Key, Result> {
	key: Key;
	resolve: (result: Result | undefined) => void;
	reject: (error: unknown) => void;
}

/**
 * Batches reads that arrive while others are running, such as when all visitors reconnect after a restart. An idle reader
 * queries immediately. `readBatch` returns one result per key, in order; `undefined` if nothing was found.
 */
export class BatchReader<Key, Result> {
	readonly #readBatch: (keys: Key[]) => Promise<(Result | undefined)[]>;
	readonly #queue: QueuedRead<Key, Result>[] = [];
	#runningCount = 0;

	constructor(readBatch: (keys: Key[]) => Promise<(Result | undefined)[]>) {
		this.#readBatch = readBatch;
	}

	/** Resolves with the key's result. Rejects with the error of its batch. */
	read(key: Key): Promise<Result | undefined> {
		return new Promise((resolve, reject) => {
			this.#queue.push({ key, resolve, reject });
			void this.#start();
		});
	}

	async #start(): Promise<void> {
		if (this.#runningCount >= MAX_RUNNING) return;
		this.#runningCount += 1;
		for (;;) {
			const batch = this.#queue.splice(0, BATCH_SIZE);
			if (batch.length === 0) break;
			await this.#run(batch);
		}
		this.#runningCount -= 1;
	}

	async #run(batch: QueuedRead<Key, Result>[]): Promise<void> {
		try {
			const results = await this.#readBatch(batch.map(({ key }) => key));
			batch.forEach(({ resolve }, index) => resolve(results[index]));
		} catch (error) {
			for (const { reject } of batch) reject(error);
		}
	}
}
