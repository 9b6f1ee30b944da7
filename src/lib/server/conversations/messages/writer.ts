import { sql } from 'drizzle-orm';
import type { App } from '#lib/server/core/context.ts';
import { insertMessages, type InsertedMessage, type NewMessage } from './insert';

const MAX_BATCH = 256;
/** So many waiting messages are worth a second statement beside the one on its way. */
const SECOND_BATCH = 64;
/** A batch that takes so long is held up by a chat session that something else has locked: the others go past it. */
const HELD_UP_MS = 250;
/** Each takes a connection. */
const MOST_BATCHES = 4;
/** More than this many waiting messages are refused: the caller tells the client to come back. */
const MAX_WAITING = 20_000;

interface Waiting {
	row: NewMessage;
	resolve: (inserted: InsertedMessage | undefined) => void;
	reject: (error: unknown) => void;
}

/**
 * Group commit: messages that arrive while a batch is on its way are stored together by the next one, each
 * acknowledged only after its commit; an idle writer stores at once, and a busy one has two batches on their way, or more
 * past those that are held up. When a
 * batch is refused its messages are stored one by one, so that a bad one fails alone.
 */
class MessageWriter {
	readonly #app: App;
	#waiting: Waiting[] = [];
	#batches = 0;
	#heldUp = 0;
	/** Chat sessions of the batches on their way. */
	readonly #inFlight = new Set<number>();

	constructor(app: App) {
		this.#app = app;
	}

	get isFull(): boolean {
		return this.#waiting.length >= MAX_WAITING;
	}

	write(row: NewMessage): Promise<InsertedMessage | undefined> {
		return new Promise((resolve, reject) => {
			this.#waiting.push({ row, resolve, reject });
			this.#start();
		});
	}

	#start(): void {
		if (this.#batches < this.#wanted) void this.#drain();
	}

	/** How many batches are to be on their way at once. */
	get #wanted(): number {
		if (this.#waiting.length === 0) return 0;
		const usual = this.#waiting.length >= SECOND_BATCH ? 2 : 1;
		return Math.min(usual + this.#heldUp, MOST_BATCHES);
	}

	async #drain(): Promise<void> {
		this.#batches += 1;
		while (this.#batches <= this.#wanted) {
			const batch = this.#take();
			if (batch.length === 0) break;
			const chats = batch.map(({ row }) => row.chat_session_id);
			for (const chat of chats) this.#inFlight.add(chat);
			this.#app.metrics.messageBatches.observe(batch.length);
			await this.#watch(this.#write(batch));
			for (const chat of chats) this.#inFlight.delete(chat);
		}
		this.#batches -= 1;
	}

	/** While a batch is held up another one may be on its way. */
	async #watch(written: Promise<void>): Promise<void> {
		let isLate = false;
		const late = setTimeout(() => {
			isLate = true;
			this.#heldUp += 1;
			this.#start();
		}, HELD_UP_MS);
		await written;
		clearTimeout(late);
		if (isLate) this.#heldUp -= 1;
	}

	/** What has waited longest; of a chat session that is in the other batch nothing, so that its order stays. */
	#take(): Waiting[] {
		if (this.#inFlight.size === 0) return this.#waiting.splice(0, MAX_BATCH);
		const batch: Waiting[] = [];
		const rest: Waiting[] = [];
		for (const waiting of this.#waiting) {
			const isFree = !this.#inFlight.has(waiting.row.chat_session_id);
			(isFree && batch.length < MAX_BATCH ? batch : rest).push(waiting);
		}
		this.#waiting = rest;
		return batch;
	}

	async #write(batch: Waiting[]): Promise<void> {
		try {
			const inserted = await insertMessages(
				this.#app.db,
				batch.map(({ row }) => row),
			);
			batch.forEach((waiting, index) => waiting.resolve(inserted[index]));
		} catch (error) {
			const only = batch.length === 1 ? batch[0] : undefined;
			if (only) only.reject(error);
			else if (await this.#isReachable()) for (const waiting of batch) await this.#write([waiting]);
			else for (const waiting of batch) waiting.reject(error);
		}
	}

	/** A database that is away refuses every row: trying each would only prolong the wait. */
	async #isReachable(): Promise<boolean> {
		try {
			await this.#app.db.execute(sql`select 1`);
			return true;
		} catch {
			return false;
		}
	}
}

const writers = new WeakMap<App, MessageWriter>();

/** The one writer of a process. */
export function writerOf(app: App): MessageWriter {
	const writer = writers.get(app) ?? new MessageWriter(app);
	writers.set(app, writer);
	return writer;
}
