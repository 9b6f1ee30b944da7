import type { Core } from '#lib/server/core/context.ts';
import { isTransientDatabaseError } from '#lib/server/core/db/faults.ts';
import { AppError } from '#lib/server/core/errors.ts';
import {
	type InsertedMessage,
	type InsertResult,
	insertUnlockedMessages,
	LOCKED,
	type NewMessage,
} from './insert.ts';

const MAX_BATCH = 256;
/** From this many queued messages on, a second batch runs concurrently. */
const SECOND_BATCH_AT = 64;
/** A batch that takes this long counts as stuck, as on a dead connection, and lets another one start. */
const STUCK_MS = 250;
/** Concurrent batches; each takes a connection. */
const MAX_CONCURRENT = 4;
/** With more queued messages than this, callers reject new ones and have the client retry. */
const MAX_QUEUED = 20_000;
/** How long the writer counts as failing after the database rejected a batch. */
const FAILING_MS = 3_000;

interface QueuedMessage {
	row: NewMessage;
	since: number;
	resolve: (inserted: InsertedMessage | undefined) => void;
	reject: (error: unknown) => void;
}

/**
 * Group commit: messages that arrive while a batch is being stored form the next one. Each is acknowledged only after its
 * commit. An idle writer stores at once; under load, two batches run concurrently, and more when some are stuck. A batch
 * never waits for a chat session that another transaction has locked: its messages are retried later, in order. When a batch
 * is rejected, its messages are stored one by one, so that an invalid one fails alone.
 */
export class MessageWriter {
	readonly #app: Core;
	readonly unconfirmed = new UnconfirmedMessages();
	#queue: QueuedMessage[] = [];
	#batches = 0;
	#stuck = 0;
	#failedAt = -Infinity;
	/** Chat sessions of the running batches. */
	readonly #inFlight = new Set<number>();
	/** Locked chat sessions, each with the pause before its messages are retried. */
	readonly #locked = new Map<number, { pauseMs: number; isPaused: boolean }>();

	constructor(app: Core) {
		this.#app = app;
	}

	get isFull(): boolean {
		return this.#queue.length >= MAX_QUEUED;
	}

	/** Whether messages are being stored: false for 3 seconds after the database failed to store a batch. */
	get isStoring(): boolean {
		return performance.now() - this.#failedAt > FAILING_MS;
	}

	/** Queues a message. Resolves once it is committed, with undefined when it may not be stored. */
	write(row: NewMessage): Promise<InsertedMessage | undefined> {
		return new Promise((resolve, reject) => {
			this.#queue.push({ row, since: performance.now(), resolve, reject });
			this.#start();
		});
	}

	#start(): void {
		if (this.#batches < this.#concurrency) void this.#drain();
	}

	/** How many batches should run concurrently. */
	get #concurrency(): number {
		if (this.#queue.length === 0) return 0;
		const usual = this.#queue.length >= SECOND_BATCH_AT ? 2 : 1;
		return Math.min(usual + this.#stuck, MAX_CONCURRENT);
	}

	async #drain(): Promise<void> {
		this.#batches += 1;
		while (this.#batches <= this.#concurrency) {
			const batch = this.#take();
			if (batch.length === 0) break;
			const chats = batch.map(({ row }) => row.chat_session_id);
			for (const chat of chats) this.#inFlight.add(chat);
			this.#app.metrics.messageBatches.observe(batch.length);
			await this.#superviseBatch(this.#write(batch));
			for (const chat of chats) this.#inFlight.delete(chat);
		}
		this.#batches -= 1;
	}

	/** Allows another concurrent batch while this one is stuck. */
	async #superviseBatch(written: Promise<void>): Promise<void> {
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

	/** Removes and returns the oldest messages, except those of chat sessions that are in another batch or paused. */
	#take(): QueuedMessage[] {
		if (this.#inFlight.size === 0 && this.#locked.size === 0) {
			return this.#queue.splice(0, MAX_BATCH);
		}
		const batch: QueuedMessage[] = [];
		const rest: QueuedMessage[] = [];
		for (const queued of this.#queue) {
			const chat = queued.row.chat_session_id;
			const isFree = !this.#inFlight.has(chat) && !this.#locked.get(chat)?.isPaused;
			(isFree && batch.length < MAX_BATCH ? batch : rest).push(queued);
		}
		this.#queue = rest;
		return batch;
	}

	async #write(batch: QueuedMessage[]): Promise<void> {
		const locked = await this.#store(batch);
		if (locked.length === 0) return;
		// Ahead of newer messages of the same chat sessions.
		this.#queue.unshift(...locked);
		for (const chat of new Set(locked.map(({ row }) => row.chat_session_id))) this.#pause(chat);
	}

	/** Returns the messages whose chat sessions are locked, in order. */
	async #store(batch: QueuedMessage[]): Promise<QueuedMessage[]> {
		try {
			const rows = batch.map(({ row }) => row);
			const results = await insertUnlockedMessages(this.#app.db, rows);
			this.#failedAt = -Infinity;
			return batch.filter((queued, index) => !this.#settle(queued, results[index]));
		} catch (error) {
			const isTransient = isTransientDatabaseError(error);
			if (isTransient) this.#failedAt = performance.now();
			// A database that is unavailable or full rejects every row: storing them one by one would only take longer.
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
			locked.push(...(isBehind ? [queued] : await this.#store([queued])));
		}
		return locked;
	}

	/** Settles the caller's promise; returns false when the message is to be retried. */
	#settle({ row, since, resolve, reject }: QueuedMessage, result: InsertResult): boolean {
		if (result !== LOCKED) {
			this.#locked.delete(row.chat_session_id);
			resolve(result);
			return true;
		}
		if (performance.now() - since < LOCK_TIMEOUT_MS) return false;
		reject(lockTimeout());
		return true;
	}

	#pause(chat: number): void {
		const pauseMs = nextLockPause(this.#locked.get(chat)?.pauseMs);
		const locked = { pauseMs, isPaused: true };
		this.#locked.set(chat, locked);
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
		// The oldest one is forgotten: its sender has given up.
		const [oldest = ''] = this.#clientIds;
		if (this.#clientIds.size >= MAX_QUEUED) this.#clientIds.delete(oldest);
		this.#clientIds.add(id);
	}

	/** Forgets a message. Returns whether it was there. */
	delete({ client_message_id: id }: NewMessage): boolean {
		return id !== undefined && this.#clientIds.delete(id);
	}
}

declare module '#lib/server/core/context.ts' {
	interface App {
		messageWriter: MessageWriter;
	}
}

/** How long to retry a message while another transaction has locked its chat session. */
export const LOCK_TIMEOUT_MS = 15_000;

const MIN_PAUSE_MS = 2;
const MAX_PAUSE_MS = 250;

/** Returns the pause before the next retry, doubling from 2 ms, as most locks last a few milliseconds. */
export const nextLockPause = (pauseMs = MIN_PAUSE_MS / 2) => Math.min(2 * pauseMs, MAX_PAUSE_MS);

/** The error for a chat session that stayed locked until the timeout. */
export const lockTimeout = () =>
	new AppError('unavailable', 'this chat is busy; try again', { retryAfter: 2 });
