import { setTimeout as sleep } from 'node:timers/promises';
import type { TurnLimit } from '#lib/contract/turn.ts';
import { systemContext, type App, type Ctx } from '#lib/server/core/context.ts';
import { requireAdmin } from '#lib/server/core/permissions.ts';
import { getSite, type SiteRow } from '#lib/server/sites/unchecked.ts';
import { AdaptiveLimit } from './adaptive-limit.ts';
import { Limiter, type WaitOptions } from './limiter.ts';
import type { Turn, TurnResult } from './turn.ts';
import { TurnShares } from './turn-shares.ts';

/** One AI of a site: its own or its challenger. */
interface KnownAi {
	/** `max_concurrent_turns` of the site, as of its last turn here. */
	max: number;
	limit: AdaptiveLimit;
}

/** How often a process announces itself. A new one waits this long for the others, less than for them to recover its turns. */
const ANNOUNCE_INTERVAL_MS = 1_000;
/** How often a new process asks whether the others know of it. */
const JOIN_RETRY_MS = 250;
/** Others that live announce themselves within this time. */
const JOIN_WAIT_MS = 3 * ANNOUNCE_INTERVAL_MS;

/** The key of an AI's limit: a slow challenger must not take the champion's slots. */
export const limitKey = (siteId: number, challengerId: number | null | undefined) =>
	challengerId ? -challengerId : siteId;

/**
 * Limits how many turns of each AI run at a time in this process: to what the AI takes without getting slower or failing,
 * and to this process's share of the site's setting.
 */
export class TurnLimits {
	readonly #app: App;
	readonly #limiter = new Limiter();
	readonly #ais = new Map<number, KnownAi>();
	readonly #shares: TurnShares;
	/** Returns ms of a monotonic clock. Tests replace it. */
	stopwatch = () => performance.now();
	#timer: ReturnType<typeof setInterval> | undefined;
	#announcement: Promise<void> | undefined;

	constructor(app: App) {
		this.#app = app;
		this.#shares = new TurnShares(systemContext(app));
	}

	/** Shares the sites' settings with other processes from now on. Until then, this process may use all of them. */
	start(): void {
		this.#timer = setInterval(() => this.#announce(), ANNOUNCE_INTERVAL_MS);
		this.#timer.unref();
		this.#announce();
	}

	/**
	 * Resolves once this process has its share, at most after `JOIN_WAIT_MS`. A process that visitors reach before would leave
	 * their turns to the others, and without Redis those can't show them the replies.
	 */
	async joined(): Promise<void> {
		const end = performance.now() + JOIN_WAIT_MS;
		await this.#announcement;
		while (this.#timer && !this.#shares.isValid && performance.now() < end) {
			// Announced again meanwhile, see `#announce`.
			await sleep(JOIN_RETRY_MS);
			await this.#announcement;
		}
	}

	/** Leaves the share of this process to the others. */
	async stop(): Promise<void> {
		if (!this.#timer) return;
		clearInterval(this.#timer);
		this.#timer = undefined;
		await this.#announcement;
		await this.#shares.leave().catch((error: unknown) => this.#warn(error));
	}

	isKnown(key: number): boolean {
		return this.#ais.has(key);
	}

	/** Takes the setting of an AI's site into account. */
	learn(key: number, max: number): KnownAi {
		const ai = { max, limit: this.#ais.get(key)?.limit ?? new AdaptiveLimit() };
		this.#ais.set(key, ai);
		return ai;
	}

	/** Returns whether other processes have all turns of the site. */
	isLeftOut(key: number): boolean {
		return this.#timer !== undefined && this.#shares.isLeftOut(this.#ais.get(key)?.max ?? 1);
	}

	/** Returns whether the next turn would have to wait. */
	isBusy(key: number): boolean {
		return this.#limiter.isBusy(key, this.now(key));
	}

	/** Runs a turn once its AI has room for it. */
	run(key: number, work: () => Promise<void>, options: WaitOptions<void>): Promise<void> {
		return this.#limiter.run(key, work, { ...options, limit: () => this.now(key) });
	}

	/** Returns how many turns of an AI may run now. `setting`: of its site, used until the AI has had a turn here. */
	now(key: number, setting = 0): number {
		const ai = this.#ais.get(key) ?? { max: setting, limit: new AdaptiveLimit() };
		return ai.limit.within(this.#share(key, ai.max));
	}

	/** Returns how many turns of a site's own AI may run now, and why. */
	describe({ id, max_concurrent_turns: max }: SiteRow): TurnLimit {
		const state = this.#ais.get(id)?.limit.state;
		return {
			limit: this.now(id, max),
			share: this.#share(id, max),
			processes: this.#shares.processes,
			reason: state?.reason ?? { type: 'start' },
			changed_at: state?.changed_at?.toISOString() ?? null,
		};
	}

	/** Calls the AI, and adapts its limit to how that went. `call` reports when the AI began to answer. */
	async measure(
		turn: Turn,
		call: (onAnswer: () => void) => Promise<TurnResult>,
		signal: AbortSignal,
	): Promise<TurnResult> {
		const { site, challenger_id } = turn;
		const key = limitKey(site.id, challenger_id);
		const { limit, max } = this.learn(key, site.max_concurrent_turns);
		const running = this.#limiter.running.get(key) ?? 1;
		const started_ms = this.stopwatch();
		let answeredAt: number | undefined;
		const result = await call(() => (answeredAt ??= this.stopwatch()));
		// Test chats may call another AI, and the built-in one doesn't slow down.
		if (turn.is_test || turn.connector === 'scripted') return result;
		const isOwnFault = result.outcome === 'internal' || result.outcome === 'interrupted';
		if (isOwnFault || signal.aborted) return result;
		const now_ms = this.stopwatch();
		const answer_ms = (answeredAt ?? now_ms) - started_ms;
		const sample = { started_ms, answer_ms, has_failed: result.outcome !== 'ok', running };
		const share = this.#share(key, max);
		if (limit.record(sample, share, { now_ms, date: this.#app.clock() })) {
			const entry = { site: site.key, challenger_id, limit: limit.within(share) };
			this.#app.log.info({ ...entry, ...limit.state }, 'a limit of concurrent turns changed');
			this.#limiter.refill(key);
		}
		return result;
	}

	/** Returns how many of a setting's turns this process may run, whatever the AI's limit. */
	#share(key: number, max: number): number {
		return this.#timer ? this.#shares.of(key, max) : max;
	}

	/** Renews this process's share of every site's turns, and starts the turns that it has room for. */
	#announce(): void {
		const maxOf = (key: number) => this.#ais.get(key)?.max ?? 0;
		const excess = () => this.#shares.excessOf(this.#limiter.running, maxOf);
		this.#announcement ??= this.#shares
			.announce(excess)
			.then(() => {
				this.#limiter.refillAll();
				const isJoining = this.#timer && !this.#shares.isValid;
				if (isJoining) setTimeout(() => this.#timer && this.#announce(), JOIN_RETRY_MS).unref();
			})
			.catch((error: unknown) => this.#warn(error))
			.finally(() => (this.#announcement = undefined));
	}

	#warn(error: unknown): void {
		this.#app.log.warn({ err: error }, 'failed to tell other processes which turns this one runs');
	}
}

/** Returns how many turns of a site's AI this process may run at a time, and why. Admins only. Throws `not_found`. */
export async function getTurnLimit(ctx: Ctx, key: string): Promise<TurnLimit> {
	requireAdmin(ctx);
	return ctx.app.turns.limits.describe(await getSite(ctx, { key }));
}
