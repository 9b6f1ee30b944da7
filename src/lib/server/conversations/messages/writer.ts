import type { Core } from '#lib/server/core/context.ts';
import { isTransientDatabaseError } from '#lib/server/core/db/faults.ts';
import { AppError } from '#lib/server/core/errors.ts';
import {
	type InsertedMessage,
	type InsertResult,
	insertAndClaim,
	LOCKED,
	type NewMessage,
	type TurnReservations,
} from './insert.ts';

const MAX_BATCH = 256;
/** The queue length at which a second batch starts running concurrently. */
const SECOND_BATCH_AT = 64;
/** The time after which a batch counts as stuck, for example on a dead connection, and another one may start. */
const STUCK_MS = 250;
/** The maximum number of concurrent batches; each uses a connection. */
const MAX_CONCURRENT = 4;
/** The queue length at which callers reject new messages, so that clients retry. */
const MAX_QUEUED = 20_000;
/** The time for which the writer counts as failing after a transient database error. */
const FAILING_MS = 3_000;

interface QueuedMessage {
	row: NewMessage;
	queuedAt: number;
	resolve: (inserted: InsertedMessage | undefined) => void;
	reject: (error: unknown) => void;
}

/**
 * Group commit: messages that arrive while a batch is being stored form the next one. Each is acknowledged only after its
 * commit. An idle writer stores immediately; under load, two batches run concurrently, and more if some are stuck. A batch
 * never waits for a chat session that another transaction has locked; its messages are retried later, in order. If a batch
 * is rejected, its messages are stored one by one, so that an invalid one fails alone. The batch also claims the turns that
 * can start immediately.
 */
export class MessageWriter {
	readonly #app: Core;
	readonly #turns: TurnReservations;
	readonly unconfirmed = new UnconfirmedMessages();
	#queue: QueuedMessage[] = [];
	#batchCount = 0;
	#stuckCount = 0;
	#failedAt = -Infinity;
	/** Chat sessions of the running batches. */
	readonly #inFlight = new Set<number>();
	/** Locked chat sessions, each with the pause before its messages are retried. */
	readonly #lockedChats = new Map<number, { pauseMs: number; isPaused: boolean }>();

	constructor(app: Core, turns: TurnReservations) {
		this.#app = app;
		this.#turns = turns;
	}

	get isFull(): boolean {
		return this.#queue.length >= MAX_QUEUED;
	}

	/** Whether the database accepts messages; false for 3 seconds after a transient error, such as a lost connection. */
	get isStoring(): boolean {
		return performance.now() - this.#failedAt > FAILING_MS;
	}

	/** Queues a message. Resolves once it is committed, with `undefined` if it was rejected. */
	write(row: NewMessage): Promise<InsertedMessage | undefined> {
		return new Promise((resolve, reject) => {
			this.#queue.push({ row, queuedAt: performance.now(), resolve, reject });
			this.#start();
		});
	}

	#start(): void {
		if (this.#batchCount < this.#concurrency) void this.#drain();
	}

	/** The number of batches that should run concurrently. */
	get #concurrency(): number {
		if (this.#queue.length === 0) return 0;
		const usual = this.#queue.length >= SECOND_BATCH_AT ? 2 : 1;
		return Math.min(usual + this.#stuckCount, MAX_CONCURRENT);
	}

	async #drain(): Promise<void> {
		this.#batchCount += 1;
		while (this.#batchCount <= this.#concurrency) {
			const batch = this.#takeBatch();
			if (batch.length === 0) break;
			const chats = batch.map(({ row }) => row.chat_session_id);
			for (const chat of chats) this.#inFlight.add(chat);
			this.#app.metrics.messageBatches.observe(batch.length);
			await this.#superviseBatch(this.#writeBatch(batch));
			for (const chat of chats) this.#inFlight.delete(chat);
		}
		this.#batchCount -= 1;
	}

	/** Waits for a batch, and allows another concurrent one if it gets stuck. */
	async #superviseBatch(written: Promise<void>): Promise<void> {
		let isStuck = false;
		const timer = setTimeout(() => {
			isStuck = true;
			this.#stuckCount += 1;
			this.#start();
		}, STUCK_MS);
		await written;
		clearTimeout(timer);
		if (isStuck) this.#stuckCount -= 1;
	}

	/** Removes and returns the oldest messages, except those of chat sessions that are in another batch or paused. */
	#takeBatch(): QueuedMessage[] {
		if (this.#inFlight.size === 0 && this.#lockedChats.size === 0) {
			return this.#queue.splice(0, MAX_BATCH);
		}
		const batch: QueuedMessage[] = [];
		const rest: QueuedMessage[] = [];
		for (const queued of this.#queue) {
			const chat = queued.row.chat_session_id;
			const isFree = !this.#inFlight.has(chat) && !this.#lockedChats.get(chat)?.isPaused;
			(isFree && batch.length < MAX_BATCH ? batch : rest).push(queued);
		}
		this.#queue = rest;
		return batch;
	}

	async #writeBatch(batch: QueuedMessage[]): Promise<void> {
		const locked = await this.#storeBatch(batch);
		if (locked.length === 0) return;
		// Put back in front of newer messages of the same chat sessions.
		this.#queue.unshift(...locked);
		for (const chat of new Set(locked.map(({ row }) => row.chat_session_id))) this.#pause(chat);
	}

	/** Returns the messages whose chat sessions are locked, in order. */
	async #storeBatch(batch: QueuedMessage[]): Promise<QueuedMessage[]> {
		try {
			const rows = batch.map(({ row }) => row);
			const results = await insertAndClaim(this.#app.db, rows, this.#turns);
			this.#failedAt = -Infinity;
			return batch.filter((queued, index) => !this.#settle(queued, results[index]));
		} catch (error) {
			const isTransient = isTransientDatabaseError(error);
			if (isTransient) this.#failedAt = performance.now();
			// A database that is unavailable or full rejects every row, so storing them one by one would only take longer.
			if (!isTransient && batch.length > 1) return this.#storeOneByOne(batch);
			for (const { reject } of batch) reject(error);
			return [];
		}
	}

	async #storeOneByOne(batch: QueuedMessage[]): Promise<QueuedMessage[]> {
		const locked: QueuedMessage[] = [];
		for (const queued of batch) {
			const chat = queued.row.chat_session_id;
			const isBehind = locked.some(({ row }) => row.chat_session_id === chat);
			locked.push(...(isBehind ? [queued] : await this.#storeBatch([queued])));
		}
		return locked;
	}

	/** Settles the caller's promise. Returns false if the message should be retried. */
	#settle({ row, queuedAt, resolve, reject }: QueuedMessage, result: InsertResult): boolean {
		if (result !== LOCKED) {
			this.#lockedChats.delete(row.chat_session_id);
			resolve(result);
			return true;
		}
		if (performance.now() - queuedAt < LOCK_TIMEOUT_MS) return false;
		reject(createLockTimeout());
		return true;
	}

	#pause(chat: number): void {
		const pauseMs = getNextLockPauseMs(this.#lockedChats.get(chat)?.pauseMs);
		const locked = { pauseMs, isPaused: true };
		this.#lockedChats.set(chat, locked);
		setTimeout(() => {
			locked.isPaused = false;
			this.#start();
		}, pauseMs);
	}
}

/** Remembers the messages that may have been stored although the database gave no response. */
class UnconfirmedMessages {
	readonly #clientIds = new Set<string>();

	add({ client_message_id: id }: NewMessage): void {
		if (id === undefined) return;
		// Forgets the oldest one, whose sender has most likely given up.
		const [oldest = ''] = this.#clientIds;
		if (this.#clientIds.size >= MAX_QUEUED) this.#clientIds.delete(oldest);
		this.#clientIds.add(id);
	}

	/** Forgets a message. Returns whether it was remembered. */
	delete({ client_message_id: id }: NewMessage): boolean {
		return id !== undefined && this.#clientIds.delete(id);
	}
}

declare module '#lib/server/core/context.ts' {
	interface App {
		messageWriter: MessageWriter;
	}
}

/** The maximum time for which a message is retried while another transaction has locked its chat session. */
export const LOCK_TIMEOUT_MS = 15_000;

const MIN_PAUSE_MS = 2;
const MAX_PAUSE_MS = 250;

/** Returns the pause before the next retry, doubling from 2 ms, as most locks last a few milliseconds. */
export const getNextLockPauseMs = (pauseMs = MIN_PAUSE_MS / 2) =>
	Math.min(2 * pauseMs, MAX_PAUSE_MS);

/** Creates the error for a chat session that stayed locked until the timeout. */
export const createLockTimeout = () =>
	new AppError('unavailable', 'this chat is busy; try again', { retryAfter: 2 });
