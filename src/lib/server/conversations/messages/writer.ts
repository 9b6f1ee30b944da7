import type { Core } from '#lib/server/core/context.ts';
import { isTransientDatabaseError } from '#lib/server/core/db/faults.ts';
import {
	insertUnlockedMessages,
	LOCKED,
	type InsertedMessage,
	type InsertResult,
	type NewMessage,
} from './insert.ts';
import { lockedTooLong, LOCK_PATIENCE_MS, nextLockPause } from './locked.ts';

const MAX_BATCH = 256;
/** So many waiting messages are worth a second statement beside the one on its way. */
const SECOND_BATCH = 64;
/** A batch that takes this long is stuck, as on a connection that fell silent: the others pass it. */
const STUCK_MS = 250;
/** Each takes a connection. */
const MAX_BATCHES = 4;
/** More than this many waiting messages are refused: the caller tells the client to come back. */
const MAX_WAITING = 20_000;
/** The database takes messages if the last batch was stored, or if so long ago one was refused that another may try. */
const REFUSED_MS = 3_000;

interface Waiting {
	row: NewMessage;
	since: number;
	resolve: (inserted: InsertedMessage | undefined) => void;
	reject: (error: unknown) => void;
}

/**
 * Group commit: messages that arrive while a batch is on its way are stored together by the next one, each
 * acknowledged only after its commit. An idle writer stores at once, and a busy one has two batches on their way, or more
 * past those that are stuck. A batch never waits for a chat session that another transaction has locked: its messages are
 * set aside, in order, and tried again. When a batch is refused its messages are stored one by one, so that a bad one
 * fails alone.
 */
export class MessageWriter {
	readonly #app: Core;
	#waiting: Waiting[] = [];
	#batches = 0;
	#stuck = 0;
	#refusedAt = -Infinity;
	/** Chat sessions of the batches on their way. */
	readonly #inFlight = new Set<number>();
	/** Locked chat sessions, each with the pause before its messages are tried again. */
	readonly #locked = new Map<number, { pauseMs: number; isResting: boolean }>();

	constructor(app: Core) {
		this.#app = app;
	}

	get isFull(): boolean {
		return this.#waiting.length >= MAX_WAITING;
	}

	/** Whether messages are stored: false for a moment after the database could not store a batch. */
	get isStoring(): boolean {
		return performance.now() - this.#refusedAt > REFUSED_MS;
	}

	write(row: NewMessage): Promise<InsertedMessage | undefined> {
		return new Promise((resolve, reject) => {
			this.#waiting.push({ row, since: performance.now(), resolve, reject });
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
		return Math.min(usual + this.#stuck, MAX_BATCHES);
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

	/** While a batch is stuck another one may be on its way. */
	async #watch(written: Promise<void>): Promise<void> {
		let isStuck = false;
		const timer = setTimeout(() => {
			isStuck = true;
			this.#stuck += 1;
			this.#start();
		}, STUCK_MS);
		await written;
		clearTimeout(timer);
		if (isStuck) this.#stuck -= 1;
	}

	/** The messages that have waited longest, except those of chat sessions that are in another batch or locked. */
	#take(): Waiting[] {
		if (this.#inFlight.size === 0 && this.#locked.size === 0) {
			return this.#waiting.splice(0, MAX_BATCH);
		}
		const batch: Waiting[] = [];
		const rest: Waiting[] = [];
		for (const waiting of this.#waiting) {
			const chat = waiting.row.chat_session_id;
			const isFree = !this.#inFlight.has(chat) && !this.#locked.get(chat)?.isResting;
			(isFree && batch.length < MAX_BATCH ? batch : rest).push(waiting);
		}
		this.#waiting = rest;
		return batch;
	}

	async #write(batch: Waiting[]): Promise<void> {
		const locked = await this.#store(batch);
		if (locked.length === 0) return;
		// In front of what the same chat sessions have sent since.
		this.#waiting.unshift(...locked);
		for (const chat of new Set(locked.map(({ row }) => row.chat_session_id))) this.#rest(chat);
	}

	/** Returns the messages whose chat sessions are locked, in order. */
	async #store(batch: Waiting[]): Promise<Waiting[]> {
		try {
			const rows = batch.map(({ row }) => row);
			const results = await insertUnlockedMessages(this.#app.db, rows);
			this.#refusedAt = -Infinity;
			return batch.filter((waiting, index) => !this.#isSettled(waiting, results[index]));
		} catch (error) {
			const isTransient = isTransientDatabaseError(error);
			if (isTransient) this.#refusedAt = performance.now();
			// A database that is away or full refuses every row: trying each would only prolong the wait.
			if (!isTransient && batch.length > 1) return this.#storeOneByOne(batch);
			for (const { reject } of batch) reject(error);
			return [];
		}
	}

	async #storeOneByOne(batch: Waiting[]): Promise<Waiting[]> {
		const locked: Waiting[] = [];
		for (const waiting of batch) {
			const chat = waiting.row.chat_session_id;
			const isBehind = locked.some(({ row }) => row.chat_session_id === chat);
			locked.push(...(isBehind ? [waiting] : await this.#store([waiting])));
		}
		return locked;
	}

	/** Answers the caller, unless the message is to be tried again. */
	#isSettled({ row, since, resolve, reject }: Waiting, result: InsertResult): boolean {
		if (result !== LOCKED) {
			this.#locked.delete(row.chat_session_id);
			resolve(result);
			return true;
		}
		if (performance.now() - since < LOCK_PATIENCE_MS) return false;
		reject(lockedTooLong());
		return true;
	}

	#rest(chat: number): void {
		const pauseMs = nextLockPause(this.#locked.get(chat)?.pauseMs);
		const locked = { pauseMs, isResting: true };
		this.#locked.set(chat, locked);
		setTimeout(() => {
			locked.isResting = false;
			this.#start();
		}, pauseMs);
	}
}

declare module '#lib/server/core/context.ts' {
	interface App {
		messageWriter: MessageWriter;
	}
}
