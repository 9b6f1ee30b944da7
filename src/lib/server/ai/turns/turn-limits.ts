import { setTimeout as sleep } from 'node:timers/promises';
import type { TurnLimit } from '#lib/contract/turn.ts';
import { createSystemContext, type App, type Ctx } from '#lib/server/core/context.ts';
import type { Events } from '#lib/server/core/events.ts';
import type { ConnectorSettings } from '#lib/server/core/db/schema/index.ts';
import { requireAdmin } from '#lib/server/core/permissions.ts';
import { getSite, type SiteRow } from '#lib/server/sites/unchecked.ts';
import { AdaptiveLimit } from './adaptive-limit.ts';
import { Limiter, type WaitOptions } from './limiter.ts';
import type { Turn, TurnResult } from './turn.ts';
import { TurnShares } from './turn-shares.ts';

/** One AI of a site: its own or its challenger. */
interface AiLimit {
	/** The site's `max_concurrent_turns`, as of its latest turn in this process. */
	max: number;
	limit: AdaptiveLimit;
	/** The address of its latest call in this process. */
	url?: string;
}

/** The heartbeat interval of a process. Shorter than the time after which others recover its turns. */
const ANNOUNCE_INTERVAL_MS = 1_000;
/** How often a new process checks whether the others know of it. */
const JOIN_RETRY_MS = 250;
/** The maximum wait for the other processes' heartbeats. */
const JOIN_WAIT_MS = 3 * ANNOUNCE_INTERVAL_MS;

/** The maximum number of chat sessions whose AI a process remembers. */
const MAX_REMEMBERED_CHATS = 10_000;

/** Returns the key of an AI's limit. The challenger has its own, so that a slow one can't take the champion's slots. */
export const getLimitKey = (siteId: number, challengerId: number | null | undefined) =>
	challengerId ? -challengerId : siteId;

function getUrl(connector: ConnectorSettings): string | undefined {
	switch (connector.type) {
		case 'n8n':
			return connector.url;
		case 'openai':
			return connector.base_url;
		case 'scripted':
			return undefined;
	}
}

/**
 * Limits the concurrent turns of each AI in this process: to the number that the AI handles without slowing down or failing,
 * and to this process's share of the site's setting.
 */
export class TurnLimits {
	readonly #app: App;
	readonly #limiter = new Limiter();
	readonly #ais = new Map<number, AiLimit>();
	/** The limit keys of chat sessions that had a turn in this process, least recent first. */
	readonly #keys = new Map<number, number>();
	readonly #shares: TurnShares;
	/** Returns ms of a monotonic clock. Tests replace it. */
	stopwatch = () => performance.now();
	#timer: ReturnType<typeof setInterval> | undefined;
	#pendingAnnouncement: Promise<void> | undefined;

	constructor(app: App) {
		this.#app = app;
		this.#shares = new TurnShares(createSystemContext(app));
	}

	/** Starts sharing the sites' limits with other processes. Until then, this process may use all of them. */
	start(): void {
		this.#timer = setInterval(() => this.#announce(), ANNOUNCE_INTERVAL_MS);
		this.#timer.unref();
		this.#announce();
	}

	/**
	 * Resolves once this process has its share, or after `JOIN_WAIT_MS`. If it accepted visitors earlier, it would leave
	 * their turns to other processes, which can't show them the replies without Redis.
	 */
	async waitForShare(): Promise<void> {
		const end = performance.now() + JOIN_WAIT_MS;
		await this.#pendingAnnouncement;
		while (this.#timer && !this.#shares.isValid && performance.now() < end) {
			// `#announce` repeats the announcement in the meantime.
			await sleep(JOIN_RETRY_MS);
			await this.#pendingAnnouncement;
		}
	}

	/** Releases this process's share to the others. */
	async stop(): Promise<void> {
		if (!this.#timer) return;
		clearInterval(this.#timer);
		this.#timer = undefined;
		await this.#pendingAnnouncement;
		await this.#shares.leave().catch((error: unknown) => this.#warn(error));
	}

	isKnown(key: number): boolean {
		return this.#ais.has(key);
	}

	/** Sets the maximum of an AI from its site's setting. */
	setMaximum(key: number, max: number): AiLimit {
		const ai: AiLimit = { limit: new AdaptiveLimit(), ...this.#ais.get(key), max };
		this.#ais.set(key, ai);
		return ai;
	}

	/** Returns whether this process has no share of the site's turns. */
	hasNoShare(key: number): boolean {
		return this.#timer !== undefined && this.#shares.hasNoShare(this.#ais.get(key)?.max ?? 1);
	}

	/** Loads the maximum of an AI from its site's settings. */
	async load({ site_id, challenger_id }: Events['turn.due']): Promise<void> {
		const { max_concurrent_turns: max } = await getSite(createSystemContext(this.#app), {
			id: site_id,
		});
		this.setMaximum(getLimitKey(site_id, challenger_id), max);
	}

	/** Remembers which AI answers a chat session. */
	rememberKey(chatSessionId: number, key: number): void {
		this.#keys.delete(chatSessionId);
		this.#keys.set(chatSessionId, key);
		const [oldest = chatSessionId] = this.#keys.keys();
		if (this.#keys.size > MAX_REMEMBERED_CHATS) this.#keys.delete(oldest);
	}

	forgetKey(chatSessionId: number): void {
		this.#keys.delete(chatSessionId);
	}

	/** Returns the key of the AI that answers a chat session if its next turn can start immediately. */
	findFreeKey(chatSessionId: number): number | undefined {
		const key = this.#keys.get(chatSessionId);
		if (key === undefined || !this.isKnown(key)) return undefined;
		return this.hasNoShare(key) || this.isBusy(key) ? undefined : key;
	}

	/** Connects to the AI of a visitor who is typing, so that the message doesn't wait for DNS, TCP and TLS. */
	preconnect(chatSessionId: number): void {
		const url = this.#ais.get(this.#keys.get(chatSessionId) ?? 0)?.url;
		if (url !== undefined) this.#app.outbound.preconnect(url);
	}

	/** Returns whether the next turn would have to wait. */
	isBusy(key: number): boolean {
		return this.#limiter.isBusy(key, this.getLimit(key));
	}

	/** Runs a turn once its AI's limit has a free slot. */
	run(key: number, work: () => Promise<void>, options: WaitOptions<void> = {}): Promise<void> {
		return this.#limiter.run(key, work, { ...options, limit: () => this.getLimit(key) });
	}

	/** Returns the current limit of an AI's concurrent turns. `setting`, the site's, applies until the AI has had a turn here. */
	getLimit(key: number, setting = 0): number {
		const ai = this.#ais.get(key) ?? { max: setting, limit: new AdaptiveLimit() };
		return ai.limit.within(this.#getShare(key, ai.max));
	}

	/** Returns the current limit of a site's own AI, and its reason. */
	describe({ id, max_concurrent_turns: max }: SiteRow): TurnLimit {
		const state = this.#ais.get(id)?.limit.state;
		return {
			limit: this.getLimit(id, max),
			share: this.#getShare(id, max),
			processes: this.#shares.processes,
			reason: state?.reason ?? { type: 'start' },
			changed_at: state?.changed_at?.toISOString() ?? null,
		};
	}

	/** Calls the AI and adapts its limit to the outcome. `call` reports when the AI starts to answer. */
	async measure(
		turn: Turn,
		call: (onAnswer: () => void) => Promise<TurnResult>,
		signal: AbortSignal,
	): Promise<TurnResult> {
		const { site, challenger_id } = turn;
		const key = getLimitKey(site.id, challenger_id);
		const ai = this.setMaximum(key, site.max_concurrent_turns);
		const { limit, max } = ai;
		if (!turn.is_test) ai.url = getUrl(site.connector);
		const running = this.#limiter.running.get(key) ?? 1;
		const started_ms = this.stopwatch();
		let answeredAt: number | undefined;
		const result = await call(() => (answeredAt ??= this.stopwatch()));
		// Test chats may call a different AI, and the built-in one doesn't slow down.
		if (turn.is_test || turn.connector === 'scripted') return result;
		const isOwnFault = result.outcome === 'internal' || result.outcome === 'interrupted';
		if (isOwnFault || signal.aborted) return result;
		const now_ms = this.stopwatch();
		const answer_ms = (answeredAt ?? now_ms) - started_ms;
		const sample = { started_ms, answer_ms, has_failed: result.outcome !== 'ok', running };
		const share = this.#getShare(key, max);
		if (limit.record(sample, share, { now_ms, date: this.#app.clock() })) {
			const entry = { site: site.key, challenger_id, limit: limit.within(share) };
			this.#app.log.info({ ...entry, ...limit.state }, 'a limit of concurrent turns changed');
			this.#limiter.refill(key);
		}
		return result;
	}

	/** Returns this process's share of a site's maximum, regardless of the AI's limit. */
	#getShare(key: number, max: number): number {
		return this.#timer ? this.#shares.getShare(key, max) : max;
	}

	/** Renews this process's share of every site's turns, and starts the turns that it has room for. */
	#announce(): void {
		const getMax = (key: number) => this.#ais.get(key)?.max ?? 0;
		const getExcess = () => this.#shares.getExcess(this.#limiter.running, getMax);
		this.#pendingAnnouncement ??= this.#shares
			.announce(getExcess)
			.then(() => {
				this.#limiter.refillAll();
				const isJoining = this.#timer && !this.#shares.isValid;
				if (isJoining) setTimeout(() => this.#timer && this.#announce(), JOIN_RETRY_MS).unref();
			})
			.catch((error: unknown) => this.#warn(error))
			.finally(() => (this.#pendingAnnouncement = undefined));
	}

	#warn(error: unknown): void {
		this.#app.log.warn(
			{ err: error },
			'failed to announce this process’s turns to other processes',
		);
	}
}

/** Returns this process's current limit of a site's concurrent turns, and its reason. Admins only. Throws `not_found`. */
export async function getTurnLimit(ctx: Ctx, key: string): Promise<TurnLimit> {
	requireAdmin(ctx);
	return ctx.app.turns.limits.describe(await getSite(ctx, { key }));
}
