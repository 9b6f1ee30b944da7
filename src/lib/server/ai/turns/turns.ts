import { setTimeout } from 'node:timers/promises';
import { sql } from 'drizzle-orm';
import { z } from 'zod';
import type { ReplySoFar } from '#lib/contract/live.ts';
import { systemContext, type App, type Ctx } from '#lib/server/core/context.ts';
import { isTransientDatabaseError } from '#lib/server/core/db/faults.ts';
import type { Events } from '#lib/server/core/events.ts';
import { callAi, fallback, OUR_FAULT } from './call-ai';
import { claimTurn, reclaimTurn } from './claim-turn';
import { finishTurn } from './finish-turn';
import { Limiter } from './limiter';
import { LEASE_SECONDS, RENEW_MS, type Turn, type TurnResult } from './turn';

interface Running {
	turn: Turn;
	text: string;
	seq: number;
	stop: AbortController;
	/** A person took over: what was written is dropped. */
	isDropped: boolean;
}

const DEFAULT_LIMIT = 16;
const MAX_STORE_TRIES = 60;

/** The turns of one process: at most one a chat session, a bounded number a site. */
export class Turns {
	readonly #app: App;
	readonly #ctx: Ctx;
	readonly #limiter = new Limiter();
	readonly #limits = new Map<number, number>();
	readonly #running = new Map<string, Running>();
	readonly #requested = new Map<number, Promise<void>>();
	/** Asked for again while a turn was running: what the visitor wrote meanwhile goes with the next one. */
	readonly #again = new Set<number>();
	readonly #renewal: ReturnType<typeof setInterval>;
	#isStopping = false;

	constructor(app: App) {
		this.#app = app;
		this.#ctx = systemContext(app);
		app.events.onPublished(({ name, payload }) => {
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
	soFar(sessionId: string): ReplySoFar | null {
		const running = this.#running.get(sessionId);
		if (!running || running.isDropped) return null;
		return { reply_id: running.turn.turn_id, text: running.text, next_seq: running.seq };
	}

	/** Stops the reply that this process is writing in a chat session: nobody is to read it any more. */
	drop(sessionId: string): void {
		const running = this.#running.get(sessionId);
		if (running) drop(running);
	}

	/** Answers what the chat session is owed, as soon as its site has room; asking twice changes nothing. */
	request(due: Events['turn.due']): void {
		if (this.#isStopping) return;
		if (this.#requested.has(due.chat_session_id)) {
			this.#again.add(due.chat_session_id);
			return;
		}
		const limit = this.#limits.get(due.site_id) ?? DEFAULT_LIMIT;
		if (this.#limiter.isBusy(due.site_id, limit)) this.#tellTyping(due.session_id);
		const work = this.#limiter
			.run(due.site_id, limit, () => this.#take(due.chat_session_id))
			.catch((error: unknown) => this.#app.log.error({ err: error }, 'an AI turn was not run'))
			.finally(() => {
				this.#requested.delete(due.chat_session_id);
				if (this.#again.delete(due.chat_session_id)) this.request(due);
			});
		this.#requested.set(due.chat_session_id, work);
	}

	/**
	 * Takes up what nobody is answering: turns of processes that died, and answers that are due but were not requested.
	 * Gives how many it took.
	 */
	async recover(): Promise<number> {
		const { rows } = await this.#app.db.execute(sql`
			select id as chat_session_id, public_id as session_id, site_id from chat_sessions
			where (is_awaiting_reply or turn_id is not null) and not ai_paused
				and (turn_id is null or turn_lease_until < now())
				and last_activity_at < now() - interval '2 seconds'
			order by id limit 200`);
		const due = z
			.array(
				z.object({
					chat_session_id: z.coerce.number(),
					session_id: z.string(),
					site_id: z.coerce.number(),
				}),
			)
			.parse(rows);
		for (const session of due) this.request(session);
		return due.length;
	}

	/** Takes no new turns, lets those that run finish, and after `ms` stores their answers as far as they came. */
	async drain(ms: number): Promise<void> {
		this.#isStopping = true;
		const all = Promise.allSettled(this.#requested.values());
		await Promise.race([all, setTimeout(ms, undefined, { ref: false })]);
		for (const running of this.#running.values()) running.stop.abort();
		await all;
		clearInterval(this.#renewal);
	}

	async #take(chatSessionId: number): Promise<void> {
		if (this.#isStopping) return;
		const turn = await claimTurn(this.#ctx, chatSessionId);
		if (turn) return this.#run(turn);
		const lapsed = await reclaimTurn(this.#ctx, chatSessionId);
		if (lapsed?.mayCall) await this.#run(lapsed.turn);
		else if (lapsed) {
			const why = 'The server stopped while the AI was answering.';
			await finishTurn(this.#ctx, lapsed.turn, fallback(lapsed.turn, 'interrupted', why));
		}
	}

	async #run(turn: Turn): Promise<void> {
		const { session_id, turn_id: reply_id } = turn;
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
			this.#app.events.publish({ name: 'reply.started', payload: { session_id, reply_id } });
			const result = await callAi(this.#app, turn, running.stop.signal, (text) => {
				if (running.isDropped) return;
				const seq = running.seq++;
				running.text += text;
				this.#app.events.publish({
					name: 'reply.delta',
					payload: { session_id, reply_id, seq, text },
				});
			});
			if (this.#isStopping && running.stop.signal.aborted && result.text === '') {
				await this.#leave(turn);
				return;
			}
			await this.#finish(turn, result);
		} finally {
			end();
			this.#running.delete(session_id);
		}
	}

	/**
	 * Stores the result; a database that is away is waited for. In place of a result that it refuses, the visitor gets
	 * the fallback.
	 */
	async #finish(turn: Turn, result: TurnResult): Promise<void> {
		this.#app.metrics.turns.inc({ connector: turn.connector, outcome: result.outcome });
		for (let tries = 1; ; tries += 1) {
			try {
				await finishTurn(this.#ctx, turn, result);
				return;
			} catch (error) {
				this.#app.log.error({ err: error, turn_id: turn.turn_id }, 'a reply was not stored');
				if (this.#isStopping || tries === MAX_STORE_TRIES) throw error;
				if (!isTransientDatabaseError(error)) result = fallback(turn, 'internal', OUR_FAULT);
				await setTimeout(Math.min(250 * 2 ** tries, 5_000));
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

	/** Renews the leases of what runs here; what another process paused or deleted is dropped. */
	async #renew(): Promise<void> {
		const running = [...this.#running.values()];
		if (running.length === 0) return;
		const ids = running.map(({ turn }) => turn.turn_id);
		try {
			const { rows } = await this.#app.db.execute(sql`
				update chat_sessions set turn_lease_until = now() + make_interval(secs => ${LEASE_SECONDS})
				where id in (
					select id from chat_sessions where turn_id = any(${sql.param(ids)}::uuid[]) and not ai_paused
					order by id for no key update
				) returning turn_id`);
			const kept = new Set(rows.map((row) => row['turn_id']));
			for (const one of running) if (!kept.has(one.turn.turn_id)) drop(one);
		} catch (error) {
			this.#app.log.warn({ err: error }, 'leases were not renewed');
		}
	}
}

function drop(running: Running): void {
	running.isDropped = true;
	running.stop.abort();
}

const turnsOf = new WeakMap<App, Turns>();

/** The turns of a process; the first call starts to answer what becomes due. */
export function startTurns(app: App): Turns {
	const turns = turnsOf.get(app) ?? new Turns(app);
	turnsOf.set(app, turns);
	return turns;
}
