import { createHash } from 'node:crypto';
import type pg from 'pg';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { z } from 'zod';

/** The share of its limit that a key must use in one process before its count is exchanged. Most keys never do. */
const MIN_EXCHANGED_SHARE = 1 / 8;
const INTERVAL_MS = 1_000;
/** The maximum number of keys per exchange. */
const MAX_KEYS = 500;

const NOW_MS = '(extract(epoch from now()) * 1000)::bigint';
/** Adds uses to the windows of their keys, or starts new windows. Returns the uses of all processes. */
const ADD_USES = `
	insert into rate_limits (key, points, expire)
	select key, points, ${NOW_MS} + left_ms from unnest($1::text[], $2::int[], $3::int[]) used (key, points, left_ms)
	order by key
	on conflict (key) do update set
		points = excluded.points + case when rate_limits.expire > ${NOW_MS} then rate_limits.points else 0 end,
		expire = case when rate_limits.expire > ${NOW_MS} then rate_limits.expire else excluded.expire end
	returning key, points, expire - ${NOW_MS} as left_ms`;

const windowRows = z.array(
	z.object({ key: z.string(), points: z.number(), left_ms: z.coerce.number() }),
);
type Window = z.infer<typeof windowRows>[number];

/**
 * A limiter that counts in memory, so that no request waits for it, and exchanges the counts of busy keys with the other
 * processes through the database, once a second. A limit can therefore be exceeded by the uses of about one second, and by
 * processes that each use less than an eighth of it, if there are more than eight of them.
 */
export class SharedLimiter extends RateLimiterMemory {
	readonly #pool: pg.Pool;
	/** The shared windows of keys as of their last exchange. */
	readonly #windows = new Map<string, { points: number; endsAt: number }>();
	readonly #due = new Set<string>();
	#isScheduled = false;

	constructor(pool: pg.Pool, options: { keyPrefix: string; points: number; duration: number }) {
		super(options);
		this.#pool = pool;
	}

	override async consume(key: string): Promise<RateLimiterRes> {
		try {
			const state = await super.consume(key);
			this.#plan(key, state);
			return state;
		} catch (error) {
			if (error instanceof RateLimiterRes) this.#plan(key, error);
			throw error;
		}
	}

	#plan(key: string, { consumedPoints }: RateLimiterRes): void {
		const isBusy = consumedPoints >= this.points * MIN_EXCHANGED_SHARE;
		// Once the limit is exceeded, more uses change nothing.
		const isExceeded = this.#getSharedUses(key) > this.points;
		if (!isBusy || isExceeded || this.#due.size >= MAX_KEYS) return;
		this.#due.add(key);
		this.#schedule();
	}

	#schedule(): void {
		if (this.#isScheduled) return;
		this.#isScheduled = true;
		setTimeout(() => void this.#exchange(), INTERVAL_MS).unref();
	}

	async #exchange(): Promise<void> {
		this.#removeEnded();
		try {
			const uses = await this.#takeUses();
			const { rows } = await this.#pool.query(ADD_USES, [
				uses.map(({ key }) => this.#toRowKey(key)),
				uses.map(({ points }) => points),
				uses.map(({ leftMs }) => leftMs),
			]);
			const windows = new Map(windowRows.parse(rows).map((row) => [row.key, row]));
			for (const { key, consumed } of uses) {
				const window = windows.get(this.#toRowKey(key));
				if (window && window.left_ms > 0) await this.#join(key, window, consumed);
			}
		} catch {
			// While the database is unavailable, each process counts alone.
		} finally {
			this.#isScheduled = false;
			if (this.#due.size > 0) this.#schedule();
		}
	}

	/** Takes the due keys, and returns their uses since the last exchange. */
	async #takeUses() {
		const keys = [...this.#due];
		this.#due.clear();
		const uses = keys.map(async (key) => {
			const state = await this.get(key);
			if (!state || state.msBeforeNext <= 0) return [];
			const { consumedPoints: consumed } = state;
			// The parent class measures with the system clock. If that was set back, the remaining time would exceed the window's length.
			const leftMs = Math.min(state.msBeforeNext, this.msDuration);
			return [{ key, consumed, points: Math.max(consumed - this.#getSharedUses(key), 0), leftMs }];
		});
		return (await Promise.all(uses)).flat();
	}

	/** Adopts the shared window. Adds this process's uses since the exchange began, when its count was `consumed`. */
	async #join(key: string, { points, left_ms }: Window, consumed: number): Promise<void> {
		const current = (await this.get(key))?.consumedPoints ?? 0;
		await this.set(key, points + Math.max(current - consumed, 0), left_ms / 1000);
		this.#windows.set(key, { points, endsAt: performance.now() + left_ms });
	}

	/** Returns the key of a row. Hashed, because keys contain visitors' networks and the ids of chat sessions, which may be erased. */
	#toRowKey(key: string): string {
		return `${this.keyPrefix}:${createHash('sha256').update(key).digest('base64url')}`;
	}

	#getSharedUses(key: string): number {
		const window = this.#windows.get(key);
		return window && window.endsAt > performance.now() ? window.points : 0;
	}

	#removeEnded(): void {
		for (const [key, { endsAt }] of this.#windows) {
			if (endsAt <= performance.now()) this.#windows.delete(key);
		}
	}
}
