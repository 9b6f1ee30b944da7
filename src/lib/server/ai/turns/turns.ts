import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import type { PartialReply } from '#lib/contract/message.ts';
import { createSystemContext, type App, type Ctx } from '#lib/server/core/context.ts';
import { isTransientDatabaseError } from '#lib/server/core/db/faults.ts';
import type { AppEvent, Events } from '#lib/server/core/events.ts';
import type {
	ReservedTurn,
	TurnReservations,
} from '#lib/server/conversations/messages/unchecked.ts';
import { callAi, createFallbackResult, rescueIfDue } from './call-ai.ts';
import { claimTurn, INSERT_AND_CLAIM, parseClaimedTurn, reclaimTurn } from './claim-turn.ts';
import { finishTurnWithRetries } from './finish-turn.ts';
import {
	LEASE_SECONDS,
	listRecoverable,
	releaseLease,
	RENEW_INTERVAL_MS,
	renewLeases,
	undoClaims,
} from './leases.ts';
import { Limiter } from './limiter.ts';
import {
	drop,
	DROPPING_EVENTS,
	isFixedGreeting,
	type RunningTurn,
	type Turn,
	type TurnResult,
} from './turn.ts';
import { getLimitKey, TurnLimits } from './turn-limits.ts';

/** A chat that has waited this long for its site's AI gets the fallback reply instead. */
const MAX_QUEUE_MS = 60_000;
/** Bounds the concurrent writes of fallback replies, because a whole queue can expire at once. */
const MAX_CONCURRENT_EXPIRIES = 4;
const MAX_CONCURRENT_GREETINGS = 16;
/** Keys of `#localLimiter`. */
const [GREETINGS, EXPIRIES] = [0, 1];

/** Runs the turns of one process: at most one per chat session, and a bounded number per AI. */
export class Turns implements TurnReservations {
	readonly statement = INSERT_AND_CLAIM;
	readonly #app: App;
	readonly #ctx: Ctx;
	readonly limits: TurnLimits;
	/** Limits turns that don't call an AI. */
	readonly #localLimiter = new Limiter();
	readonly #running = new Map<string, RunningTurn>();
	/** Turns that are queued or running, by chat session. */
	readonly #requests = new Map<number, Promise<void>>();
	/** Chat sessions that became due again during their turn; the next turn answers those messages. */
	readonly #dueAgain = new Map<number, Events['turn.due']>();
	/** The IDs of turns that this process may have claimed: the database's response was lost. */
	readonly #abandonedIds = new Set<string>();
	#renewal: ReturnType<typeof setInterval> | undefined;
	#isStopping = false;
	/** Once drained, replies that can't be stored are left for another process to recover. */
	#isDrained = false;
	/** The time of the last query that failed because of an outage. Leases may have expired since then although their owners are alive. */
	#databaseFailedAt = -Infinity;

	constructor(app: App) {
		this.#app = app;
		this.#ctx = createSystemContext(app);
		this.limits = new TurnLimits(app);
	}

	/** Starts answering chat sessions as they become due. Called only by servers. */
	start(): void {
		if (this.#renewal) return;
		this.#app.events.onPublished(({ name, payload }) => {
			if (name === 'turn.due') this.request(payload);
			else if (DROPPING_EVENTS.has(name) && 'session_id' in payload) this.drop(payload.session_id);
		});
		this.#renewal = setInterval(() => void this.#renew(), RENEW_INTERVAL_MS);
		this.#renewal.unref();
		this.limits.start();
	}

	/** Returns the turn that this process is running. */
	findRunning(sessionId: string): Turn | undefined {
		return this.#running.get(sessionId)?.turn;
	}

	/** Returns the reply that this process is writing in a chat session, or null. */
	getPartialReply(sessionId: string): PartialReply | null {
		const running = this.#running.get(sessionId);
		if (!running || running.isDropped) return null;
		return { reply_id: running.turn.turn_id, text: running.text, next_seq: running.seq };
	}

	/** Discards the reply that this process is writing in a chat session. */
	drop(sessionId: string): void {
		const running = this.#running.get(sessionId);
		if (running) drop(running);
	}

	/** Queues a turn for a chat session; while one is queued or running, at most one more follows it. */
	request(due: Events['turn.due']): void {
		if (this.#isStopping) return;
		const { chat_session_id: id } = due;
		const key = getLimitKey(due.site_id, due.challenger_id);
		const requestedAt = performance.now();
		this.limits.rememberKey(id, key);
		if (this.#requests.has(id)) {
			this.#dueAgain.set(id, due);
			return;
		}
		const work = due.is_fixed_greeting
			? this.#localLimiter.run(GREETINGS, () => this.#answer(id, { requestedAt }), {
					limit: () => MAX_CONCURRENT_GREETINGS,
				})
			: this.limits.isKnown(key)
				? this.#enqueue(due, key, requestedAt)
				: this.limits.load(due).then(() => this.#enqueue(due, key, requestedAt));
		this.#track(id, work);
	}

	/** Takes a slot for a chat session's next turn. Returns undefined if this process can't start it immediately. */
	reserve(chatSessionId: number): ReservedTurn | undefined {
		const key = this.limits.findFreeKey(chatSessionId);
		if (key === undefined || this.#isStopping || this.#requests.has(chatSessionId))
			return undefined;
		const turn_id = randomUUID();
		const { promise: claimed, resolve } = Promise.withResolvers<unknown>();
		const run = async () => this.#runReserved(chatSessionId, await claimed);
		this.#track(chatSessionId, this.limits.run(key, run));
		const abandon = () => {
			this.#abandonedIds.add(turn_id);
			// Keeps the retried message from reserving a turn; a separate statement claims its turn.
			this.limits.forgetKey(chatSessionId);
			resolve(undefined);
		};
		return { turn_id, run: resolve, release: () => resolve(undefined), abandon };
	}

	async #runReserved(chatSessionId: number, claimed: unknown): Promise<void> {
		if (claimed === undefined) return;
		const turn = await parseClaimedTurn(this.#ctx, chatSessionId, claimed);
		turn.queued_ms = 0;
		this.limits.rememberKey(chatSessionId, getLimitKey(turn.site.id, turn.challenger_id));
		await (this.#isStopping ? releaseLease(this.#ctx, turn) : this.#run(turn));
	}

	/** Registers a chat session's turn until it has ended, then requests the one that became due in the meantime. */
	#track(chatSessionId: number, work: Promise<void>): void {
		const tracked = work
			.catch((error: unknown) => this.#app.log.error({ err: error }, 'AI turn failed to run'))
			.finally(() => {
				this.#requests.delete(chatSessionId);
				const next = this.#dueAgain.get(chatSessionId);
				this.#dueAgain.delete(chatSessionId);
				if (next) this.request(next);
			});
		this.#requests.set(chatSessionId, tracked);
	}

	/** Runs a turn within the limit of its AI; after `MAX_QUEUE_MS` in the queue it becomes the fallback reply. */
	#enqueue(due: Events['turn.due'], key: number, requestedAt: number): Promise<void> {
		const { chat_session_id: id, session_id } = due;
		// The turn stays pending until a process with a share recovers it.
		if (this.limits.hasNoShare(key)) return Promise.resolve();
		if (this.limits.isBusy(key)) {
			const payload = { session_id, sender: 'ai' as const, author: null, is_typing: true };
			this.#app.events.publish({ name: 'typing.changed', payload });
		}
		return this.limits.run(key, () => this.#answer(id, { requestedAt }), {
			maxWaitMs: MAX_QUEUE_MS,
			onTimeout: () =>
				this.#localLimiter.run(EXPIRIES, () => this.#answer(id, { isExpired: true }), {
					limit: () => MAX_CONCURRENT_EXPIRIES,
				}),
		});
	}

	/**
	 * Requests turns of crashed processes, and pending ones that were never requested. Returns their number. After a database
	 * outage, live owners first get time to renew their leases.
	 */
	async recover(): Promise<number> {
		const abandonedIds = [...this.#abandonedIds];
		if (abandonedIds.length > 0) await this.#trackOutage(undoClaims(this.#ctx, abandonedIds));
		for (const id of abandonedIds) this.#abandonedIds.delete(id);
		const due = await this.#trackOutage(
			listRecoverable(this.#ctx, {
				queued: [...this.#requests.keys()],
				isExpiryReliable: performance.now() - this.#databaseFailedAt > LEASE_SECONDS * 1_000,
			}),
		);
		for (const session of due) this.request(session);
		return due.length;
	}

	/** Stops accepting turns and waits for running ones. After `ms`, aborts them and stores their partial replies. */
	async drain(ms: number): Promise<void> {
		this.#isStopping = true;
		const all = Promise.allSettled(this.#requests.values());
		await Promise.race([all, setTimeout(ms, undefined, { ref: false })]);
		this.#isDrained = true;
		for (const running of this.#running.values()) running.abort.abort();
		await all;
		clearInterval(this.#renewal);
		await this.limits.stop();
	}

	/** Claims and runs a chat session's turn. Expired turns, and those that can't be repeated, become the fallback reply. */
	async #answer(
		chatSessionId: number,
		{ isExpired = false, requestedAt }: { isExpired?: boolean; requestedAt?: number } = {},
	): Promise<void> {
		if (this.#isStopping) return;
		const queued_ms = requestedAt && Math.round(performance.now() - requestedAt);
		const claimed = await claimTurn(this.#ctx, chatSessionId);
		const reclaimed = claimed ? undefined : await reclaimTurn(this.#ctx, chatSessionId);
		const turn = claimed ?? reclaimed?.turn;
		if (!turn) return;
		turn.queued_ms = queued_ms;
		if (reclaimed && !reclaimed.canCall) {
			const detail = 'The server stopped while the AI was answering.';
			await this.#run(turn, createFallbackResult(turn, 'interrupted', detail));
		} else if (isExpired && !isFixedGreeting(turn)) {
			const limit = this.limits.getLimit(getLimitKey(turn.site.id, turn.challenger_id));
			const detail = `The AI was busy with ${limit} other chats of this site for ${MAX_QUEUE_MS / 1_000} seconds.`;
			await this.#run(turn, createFallbackResult(turn, 'queue_timeout', detail));
		} else {
			await this.#run(turn);
		}
	}

	/** Runs a claimed turn to completion. With a `knownResult`, the AI isn't called. */
	async #run(turn: Turn, knownResult?: TurnResult): Promise<void> {
		const abort = new AbortController();
		const running: RunningTurn = { turn, text: '', seq: 0, abort, isDropped: false };
		this.#running.set(turn.session_id, running);
		const stopTimer = this.#app.metrics.turnSeconds.startTimer({ connector: turn.connector });
		try {
			const result = await this.#obtainResult(running, knownResult);
			const isCutOff = this.#isStopping && abort.signal.aborted;
			// If the AI hasn't sent any text, another process can repeat the call.
			if (isCutOff && !result.is_fallback && result.text === '')
				return await releaseLease(this.#ctx, turn);
			this.#app.metrics.turns.inc({ connector: turn.connector, outcome: result.outcome });
			await finishTurnWithRetries(this.#ctx, turn, result, () => this.#isDrained);
		} finally {
			stopTimer();
			this.#running.delete(turn.session_id);
		}
	}

	#obtainResult(running: RunningTurn, knownResult?: TurnResult): Promise<TurnResult> {
		const { turn, abort } = running;
		const { session_id, turn_id: reply_id } = turn;
		// Deferred, so that it delays neither the AI's call nor the statement that stores the reply.
		const publish = (event: AppEvent) => setImmediate(() => this.#app.events.publish(event));
		publish({ name: 'reply.started', payload: { session_id, reply_id } });
		const onChunk = (text: string) => {
			if (running.isDropped) return;
			const seq = running.seq++;
			running.text += text;
			publish({ name: 'reply.delta', payload: { session_id, reply_id, seq, text } });
		};
		if (knownResult) return rescueIfDue(this.#app, turn, knownResult, abort.signal, onChunk);
		const call = (onAnswer: () => void) =>
			callAi(this.#app, turn, abort.signal, (text) => {
				onAnswer();
				onChunk(text);
			});
		return this.limits.measure(turn, call, abort.signal);
	}

	/** Renews the leases of all running turns, and drops turns whose chat session another process paused or deleted. */
	async #renew(): Promise<void> {
		const runningTurns = [...this.#running.values()];
		if (runningTurns.length === 0) return;
		const ids = runningTurns.map(({ turn }) => turn.turn_id);
		try {
			const ownedIds = await this.#trackOutage(renewLeases(this.#ctx, ids));
			for (const entry of runningTurns) if (!ownedIds.has(entry.turn.turn_id)) drop(entry);
		} catch (error) {
			this.#app.log.warn({ err: error }, 'failed to renew leases');
		}
	}

	/** Runs a query, recording the time if it fails because the database is unavailable. */
	async #trackOutage<T>(query: Promise<T>): Promise<T> {
		try {
			return await query;
		} catch (error) {
			if (isTransientDatabaseError(error)) this.#databaseFailedAt = performance.now();
			throw error;
		}
	}
}

declare module '#lib/server/core/context.ts' {
	interface App {
		turns: Turns;
	}
}
