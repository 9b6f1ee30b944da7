import { setTimeout } from 'node:timers/promises';
import type { PartialReply } from '#lib/contract/message.ts';
import { systemContext, type App, type Ctx } from '#lib/server/core/context.ts';
import { isTransientDatabaseError } from '#lib/server/core/db/faults.ts';
import type { EventName, Events } from '#lib/server/core/events.ts';
import { getSite } from '#lib/server/sites/unchecked.ts';
import { callAi, createFallbackResult, INTERNAL_FAILURE_DETAIL, rescueIfDue } from './call-ai.ts';
import { claimTurn, reclaimTurn } from './claim-turn.ts';
import { finishTurn } from './finish-turn.ts';
import {
	LEASE_SECONDS,
	listRecoverable,
	releaseLease,
	RENEW_INTERVAL_MS,
	renewLeases,
} from './leases.ts';
import { Limiter } from './limiter.ts';
import { drop, isFixedGreeting, type RunningTurn, type Turn, type TurnResult } from './turn.ts';
import { getLimitKey, TurnLimits } from './turn-limits.ts';

/** A chat that has waited this long for its site's AI gets the fallback reply instead. */
const MAX_QUEUE_MS = 60_000;
/** Bounds the concurrent writes of fallback replies, because a whole queue can expire at once. */
const MAX_CONCURRENT_EXPIRIES = 4;
const MAX_CONCURRENT_GREETINGS = 16;
/** Keys of `#localLimiter`. */
const [GREETINGS, EXPIRIES] = [0, 1];
/** How long a finished reply is kept in memory while the database is unavailable. */
const MAX_STORE_MS = 900_000;
const MAX_STORE_RETRY_MS = 2_000;
/** The number of permanent rejections by the database after which a turn is given up. After each earlier one, the fallback reply is tried. */
const MAX_STORE_REFUSALS = 3;

/** Runs the turns of one process: at most one per chat session, and a bounded number per AI. */
export class Turns {
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
	#renewal: ReturnType<typeof setInterval> | undefined;
	#isStopping = false;
	/** Once drained, replies that can't be stored are left for another process to recover. */
	#isDrained = false;
	/** When a query last failed because of an outage. Leases may have expired since then although their owners are alive. */
	#databaseFailedAt = -Infinity;

	constructor(app: App) {
		this.#app = app;
		this.#ctx = systemContext(app);
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

	/** Returns the turn that this process is running in a chat session. */
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
		const requestedAt = performance.now();
		if (this.#requests.has(id)) {
			this.#dueAgain.set(id, due);
			return;
		}
		const work = (
			due.is_fixed_greeting
				? this.#localLimiter.run(GREETINGS, () => this.#answer(id, { requestedAt }), {
						limit: () => MAX_CONCURRENT_GREETINGS,
					})
				: this.limits.isKnown(getLimitKey(due.site_id, due.challenger_id))
					? this.#enqueue(due, requestedAt)
					: this.#loadLimit(due).then(() => this.#enqueue(due, requestedAt))
		)
			.catch((error: unknown) => this.#app.log.error({ err: error }, 'AI turn failed to run'))
			.finally(() => {
				this.#requests.delete(id);
				const next = this.#dueAgain.get(id);
				this.#dueAgain.delete(id);
				if (next) this.request(next);
			});
		this.#requests.set(id, work);
	}

	/** Runs a turn within the limit of its AI; after `MAX_QUEUE_MS` in the queue it becomes the fallback reply. */
	#enqueue(due: Events['turn.due'], requestedAt: number): Promise<void> {
		const { chat_session_id: id, session_id } = due;
		const key = getLimitKey(due.site_id, due.challenger_id);
		// The turn stays pending until a process with a share recovers it.
		if (this.limits.hasNoShare(key)) return Promise.resolve();
		if (this.limits.isBusy(key)) this.#publishTyping(session_id);
		return this.limits.run(key, () => this.#answer(id, { requestedAt }), {
			maxWaitMs: MAX_QUEUE_MS,
			onTimeout: () =>
				this.#localLimiter.run(EXPIRIES, () => this.#answer(id, { isExpired: true }), {
					limit: () => MAX_CONCURRENT_EXPIRIES,
				}),
		});
	}

	async #loadLimit({ site_id, challenger_id }: Events['turn.due']): Promise<void> {
		const { max_concurrent_turns: max } = await getSite(this.#ctx, { id: site_id });
		this.limits.setMaximum(getLimitKey(site_id, challenger_id), max);
	}

	/**
	 * Requests turns of crashed processes, and pending turns that were never requested. Returns their number. After a
	 * database outage, live owners first get time to renew their leases.
	 */
	async recover(): Promise<number> {
		const due = await this.#trackOutage(
			listRecoverable(this.#ctx, {
				queued: [...this.#requests.keys()],
				areLeasesValid: Date.now() - this.#databaseFailedAt > LEASE_SECONDS * 1_000,
			}),
		);
		for (const session of due) this.request(session);
		return due.length;
	}

	/** Stops accepting turns and waits for running ones. After `ms`, aborts those and stores their partial replies. */
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
		const { session_id } = turn;
		const abort = new AbortController();
		const running: RunningTurn = { turn, text: '', seq: 0, abort, isDropped: false };
		this.#running.set(session_id, running);
		const stopTimer = this.#app.metrics.turnSeconds.startTimer({ connector: turn.connector });
		try {
			const result = await this.#obtainResult(running, knownResult);
			const isCutOff = this.#isStopping && abort.signal.aborted;
			// If the AI hasn't sent any text, another process can repeat the call.
			if (isCutOff && !result.is_fallback && result.text === '')
				await releaseLease(this.#ctx, turn);
			else await this.#finish(turn, result);
		} finally {
			stopTimer();
			this.#running.delete(session_id);
		}
	}

	#obtainResult(running: RunningTurn, knownResult?: TurnResult): Promise<TurnResult> {
		const { turn, abort } = running;
		const { session_id, turn_id: reply_id } = turn;
		this.#app.events.publish({ name: 'reply.started', payload: { session_id, reply_id } });
		const onChunk = (text: string) => {
			if (running.isDropped) return;
			const seq = running.seq++;
			running.text += text;
			const payload = { session_id, reply_id, seq, text };
			this.#app.events.publish({ name: 'reply.delta', payload });
		};
		if (knownResult) return rescueIfDue(this.#app, turn, knownResult, abort.signal, onChunk);
		const call = (onAnswer: () => void) =>
			callAi(this.#app, turn, abort.signal, (text) => {
				onAnswer();
				onChunk(text);
			});
		return this.limits.measure(turn, call, abort.signal);
	}

	/**
	 * Stores the result, retrying while the database is unavailable. A result that the database rejects permanently is
	 * replaced with the fallback reply.
	 */
	async #finish(turn: Turn, result: TurnResult): Promise<void> {
		this.#app.metrics.turns.inc({ connector: turn.connector, outcome: result.outcome });
		const deadline = Date.now() + MAX_STORE_MS;
		let refusals = 0;
		for (let delay = 100; ; delay = Math.min(delay * 2, MAX_STORE_RETRY_MS)) {
			try {
				await finishTurn(this.#ctx, turn, result);
				return;
			} catch (error) {
				const isTransient = isTransientDatabaseError(error);
				const level = isTransient ? 'warn' : 'error';
				this.#app.log[level]({ err: error, turn_id: turn.turn_id }, 'failed to store a reply');
				if (!isTransient) {
					if (++refusals === MAX_STORE_REFUSALS) throw error;
					result = createFallbackResult(turn, 'internal', INTERNAL_FAILURE_DETAIL);
				} else if (this.#isDrained || Date.now() > deadline) throw error;
				await setTimeout(delay);
			}
		}
	}

	#publishTyping(session_id: string): void {
		const payload = { session_id, sender: 'ai' as const, is_typing: true };
		this.#app.events.publish({ name: 'typing.changed', payload });
	}

	/** Renews the leases of all running turns, and drops turns whose chat session another process paused or deleted. */
	async #renew(): Promise<void> {
		const running = [...this.#running.values()];
		if (running.length === 0) return;
		const ids = running.map(({ turn }) => turn.turn_id);
		try {
			const ownedIds = await this.#trackOutage(renewLeases(this.#ctx, ids));
			for (const each of running) if (!ownedIds.has(each.turn.turn_id)) drop(each);
		} catch (error) {
			this.#app.log.warn({ err: error }, 'failed to renew leases');
		}
	}

	/** Runs a query, recording the time if it fails because the database is unavailable. */
	async #trackOutage<T>(query: Promise<T>): Promise<T> {
		try {
			return await query;
		} catch (error) {
			if (isTransientDatabaseError(error)) this.#databaseFailedAt = Date.now();
			throw error;
		}
	}
}

/** Events that discard the running turn, because a person takes over or the chat session was deleted. */
const DROPPING_EVENTS = new Set<EventName>([
	'agent.joined',
	'handoff.requested',
	'session.deleted',
]);

declare module '#lib/server/core/context.ts' {
	interface App {
		turns: Turns;
	}
}
