import { setTimeout } from 'node:timers/promises';
import { sql } from 'drizzle-orm';
import type { PartialReply } from '#lib/contract/message.ts';
import { systemContext, type App, type Ctx } from '#lib/server/core/context.ts';
import { isTransientDatabaseError } from '#lib/server/core/db/faults.ts';
import type { Events } from '#lib/server/core/events.ts';
import { callAi, fallback, OUR_FAULT } from './call-ai.ts';
import { getSite } from '#lib/server/sites/unchecked.ts';
import { claimTurn, reclaimTurn } from './claim-turn.ts';
import { finishTurn } from './finish-turn.ts';
import { Limiter } from './limiter.ts';
import { listRecoverable } from './list-recoverable.ts';
import { LEASE_SECONDS, RENEW_MS, type Turn, type TurnResult } from './turn.ts';

interface Running {
	turn: Turn;
	text: string;
	seq: number;
	stop: AbortController;
	/** A person took over: what was written is dropped. */
	isDropped: boolean;
}

/** A chat that has waited this long for its site's AI gets the fallback reply instead. */
const MAX_QUEUE_MS = 60_000;
/** How many of those fallbacks are stored at once: a queue may expire by the thousand. */
const MAX_EXPIRING = 4;
/** How many fixed greetings are stored at once. */
const MAX_GREETING = 16;
const [GREETINGS, EXPIRED] = [0, 1];
/** How long a finished reply is kept while the database cannot store it. */
const MAX_STORE_MS = 900_000;
const MAX_STORE_PAUSE_MS = 2_000;
/** How often a reply that the database refuses for good is replaced by the fallback, in case that one is refused too. */
const MAX_REFUSALS = 3;

/** The turns of one process: at most one per chat session, a bounded number per site. */
export class Turns {
	readonly #app: App;
	readonly #ctx: Ctx;
	readonly #limiter = new Limiter();
	/** For what needs no AI, and so waits for none. */
	readonly #withoutAi = new Limiter();
	readonly #limits = new Map<number, number>();
	readonly #running = new Map<string, Running>();
	readonly #requested = new Map<number, Promise<void>>();
	/** Asked for again while a turn was running: what the visitor wrote meanwhile goes with the next one. */
	readonly #again = new Set<number>();
	#renewal: ReturnType<typeof setInterval> | undefined;
	#isStopping = false;
	/** The drain is over: whatever cannot be stored now is left to another process. */
	#isDrained = false;
	/** Since then, leases may have lapsed although their owners are alive. */
	#databaseFailedAt = -Infinity;

	constructor(app: App) {
		this.#app = app;
		this.#ctx = systemContext(app);
	}

	/** Answers what becomes due from now on, until it is drained; only a server does. */
	start(): void {
		if (this.#renewal) return;
		this.#app.events.onPublished(({ name, payload }) => {
			if (name === 'turn.due') this.request(payload);
			else if (name === 'agent.joined' || name === 'session.deleted') this.drop(payload.session_id);
		});
		this.#renewal = setInterval(() => void this.#renew(), RENEW_MS);
		this.#renewal.unref();
	}

	/** The reply that this process is writing in a chat session now. */
	current(sessionId: string): { turn: Turn; text: string; next_seq: number } | undefined {
		const running = this.#running.get(sessionId);
		return running && { turn: running.turn, text: running.text, next_seq: running.seq };
	}

	/** The same as clients are told of it. */
	soFar(sessionId: string): PartialReply | null {
		const running = this.#running.get(sessionId);
		if (!running || running.isDropped) return null;
		return { reply_id: running.turn.turn_id, text: running.text, next_seq: running.seq };
	}

	/** Stops the reply that this process is writing in a chat session: nobody is to read it any more. */
	drop(sessionId: string): void {
		const running = this.#running.get(sessionId);
		if (running) drop(running);
	}

	/** Answers a chat session as soon as its site has a free slot; repeated requests change nothing. */
	request(due: Events['turn.due']): void {
		if (this.#isStopping) return;
		const { chat_session_id: id, site_id } = due;
		if (this.#requested.has(id)) {
			this.#again.add(id);
			return;
		}
		const limit = this.#limits.get(site_id);
		const work = (
			due.is_fixed_greeting
				? this.#withoutAi.run(GREETINGS, () => this.#answer(id), { limit: MAX_GREETING })
				: limit === undefined
					? this.#findLimit(site_id).then((found) => this.#enqueue(due, found))
					: this.#enqueue(due, limit)
		)
			.catch((error: unknown) => this.#app.log.error({ err: error }, 'an AI turn was not run'))
			.finally(() => {
				this.#requested.delete(id);
				if (this.#again.delete(id)) this.request(due);
			});
		this.#requested.set(id, work);
	}

	/** Answers within the site's limit; what has waited too long gets the fallback. */
	#enqueue({ chat_session_id: id, session_id, site_id }: Events['turn.due'], limit: number) {
		if (this.#limiter.isBusy(site_id, limit)) this.#tellTyping(session_id);
		return this.#limiter.run(site_id, () => this.#answer(id), {
			limit,
			maxWaitMs: MAX_QUEUE_MS,
			onTimeout: () =>
				this.#withoutAi.run(EXPIRED, () => this.#answer(id, true), { limit: MAX_EXPIRING }),
		});
	}

	/** The limit of a site that this process has run no turn of yet. */
	async #findLimit(siteId: number): Promise<number> {
		const { max_concurrent_turns: limit } = await getSite(this.#ctx, { id: siteId });
		this.#limits.set(siteId, limit);
		return limit;
	}

	/**
	 * Requests what nobody is answering: turns of crashed processes, and pending ones that were never requested. Returns how
	 * many. After an outage of the database, owners that are alive get the time to renew their leases.
	 */
	async recover(): Promise<number> {
		const due = await this.#watchDatabase(
			listRecoverable(this.#ctx, {
				queued: [...this.#requested.keys()],
				areLeasesValid: Date.now() - this.#databaseFailedAt > LEASE_SECONDS * 1_000,
			}),
		);
		for (const session of due) this.request(session);
		return due.length;
	}

	/** Takes no new turns, lets those that run finish, and after `ms` stores their answers as far as they came. */
	async drain(ms: number): Promise<void> {
		this.#isStopping = true;
		const all = Promise.allSettled(this.#requested.values());
		await Promise.race([all, setTimeout(ms, undefined, { ref: false })]);
		this.#isDrained = true;
		for (const running of this.#running.values()) running.stop.abort();
		await all;
		clearInterval(this.#renewal);
	}

	/** Claims and runs the turn; one that has waited too long (`isLate`), or may not be run again, gets the fallback. */
	async #answer(chatSessionId: number, isLate = false): Promise<void> {
		if (this.#isStopping) return;
		const claimed = await claimTurn(this.#ctx, chatSessionId);
		const lapsed = claimed ? undefined : await reclaimTurn(this.#ctx, chatSessionId);
		const turn = claimed ?? lapsed?.turn;
		if (!turn) return;
		if (lapsed && !lapsed.mayCall) {
			const why = 'The server stopped while the AI was answering.';
			await this.#run(turn, fallback(turn, 'interrupted', why));
		} else if (isLate && !isFixedGreeting(turn)) {
			const { max_concurrent_turns: limit } = turn.site;
			const why = `The AI was busy with ${limit} other chats of this site for ${MAX_QUEUE_MS / 1_000} seconds.`;
			await this.#run(turn, fallback(turn, 'queue_timeout', why));
		} else {
			await this.#run(turn);
		}
	}

	/** Runs a claimed turn to its end; with a result that is known already, without calling the AI. */
	async #run(turn: Turn, known?: TurnResult): Promise<void> {
		const { session_id } = turn;
		this.#limits.set(turn.site.id, turn.site.max_concurrent_turns);
		const running: Running = {
			turn,
			text: '',
			seq: 0,
			stop: new AbortController(),
			isDropped: false,
		};
		this.#running.set(session_id, running);
		const end = this.#app.metrics.turnSeconds.startTimer({ connector: turn.connector });
		try {
			const result = known ?? (await this.#call(running));
			if (
				this.#isStopping &&
				running.stop.signal.aborted &&
				!result.is_fallback &&
				result.text === ''
			) {
				await this.#leave(turn);
				return;
			}
			await this.#finish(turn, result);
		} finally {
			end();
			this.#running.delete(session_id);
		}
	}

	#call(running: Running): Promise<TurnResult> {
		const { turn, stop } = running;
		const { session_id, turn_id: reply_id } = turn;
		this.#app.events.publish({ name: 'reply.started', payload: { session_id, reply_id } });
		return callAi(this.#app, turn, stop.signal, (text) => {
			if (running.isDropped) return;
			const seq = running.seq++;
			running.text += text;
			const payload = { session_id, reply_id, seq, text };
			this.#app.events.publish({ name: 'reply.delta', payload });
		});
	}

	/**
	 * Stores the result, and repeats that for as long as the database cannot. A result that it refuses for good is
	 * replaced by the fallback reply.
	 */
	async #finish(turn: Turn, result: TurnResult): Promise<void> {
		this.#app.metrics.turns.inc({ connector: turn.connector, outcome: result.outcome });
		const giveUpAt = Date.now() + MAX_STORE_MS;
		let refusals = 0;
		for (let pause = 100; ; pause = Math.min(pause * 2, MAX_STORE_PAUSE_MS)) {
			try {
				await finishTurn(this.#ctx, turn, result);
				return;
			} catch (error) {
				this.#app.log.error({ err: error, turn_id: turn.turn_id }, 'a reply was not stored');
				if (!isTransientDatabaseError(error)) {
					if (++refusals === MAX_REFUSALS) throw error;
					result = fallback(turn, 'internal', OUR_FAULT);
				} else if (this.#isDrained || Date.now() > giveUpAt) throw error;
				await setTimeout(pause);
			}
		}
	}

	/** Nothing had come before the process stops: another one may call the AI for this turn at once. */
	async #leave(turn: Turn): Promise<void> {
		await this.#app.db.execute(
			sql`update chat_sessions set turn_lease_until = now() where turn_id = ${turn.turn_id}::uuid`,
		);
	}

	#tellTyping(session_id: string): void {
		const payload = { session_id, sender: 'ai' as const, is_typing: true };
		this.#app.events.publish({ name: 'typing.changed', payload });
	}

	/**
	 * Renews the leases of the turns that run here, and drops those that another process paused or deleted. A chat session
	 * that is locked is skipped, and so delays no other renewal; its turn goes on.
	 */
	async #renew(): Promise<void> {
		const running = [...this.#running.values()];
		if (running.length === 0) return;
		const ids = running.map(({ turn }) => turn.turn_id);
		try {
			const { rows } = await this.#watchDatabase(
				this.#app.db.execute(sql`
				with free as (
					select id from chat_sessions where turn_id = any(${sql.param(ids)}::uuid[])
					order by id for no key update skip locked
				), renewed as (
					update chat_sessions set turn_lease_until = now() + make_interval(secs => ${LEASE_SECONDS})
					where id in (select id from free) and not ai_paused
				)
				select turn_id from chat_sessions where turn_id = any(${sql.param(ids)}::uuid[]) and not ai_paused`),
			);
			const kept = new Set(rows.map((row) => row['turn_id']));
			for (const one of running) if (!kept.has(one.turn.turn_id)) drop(one);
		} catch (error) {
			this.#app.log.warn({ err: error }, 'leases were not renewed');
		}
	}

	/** Notes when the database fails a query of this process. */
	async #watchDatabase<T>(query: Promise<T>): Promise<T> {
		try {
			return await query;
		} catch (error) {
			if (isTransientDatabaseError(error)) this.#databaseFailedAt = Date.now();
			throw error;
		}
	}
}

/** A greeting that needs no AI, and so is never too late. */
const isFixedGreeting = ({ action, site }: Turn) => action === 'start' && site.greeting !== null;

function drop(running: Running): void {
	running.isDropped = true;
	running.stop.abort();
}

declare module '#lib/server/core/context.ts' {
	interface App {
		turns: Turns;
	}
}
