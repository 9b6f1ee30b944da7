import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { sql } from 'drizzle-orm';
import { z } from 'zod';
import type { Ctx } from '#lib/server/core/context.ts';

/** A process that hasn't announced itself for this long is considered dead, and its share is redistributed. */
const EXPIRY_SECONDS = 8;
/** A safety margin: a process stops using its share this long before others may take it. */
const MARGIN_MS = 2_000;

const processesSchema = z.array(
	z.object({
		id: z.string(),
		/** The number of running turns beyond the process's share, by key. */
		excess: z.record(z.string(), z.number()),
		knows_us: z.boolean(),
	}),
);

/**
 * Divides every site's maximum of concurrent turns evenly among the processes that run turns, so that together they never exceed it.
 * Each process announces itself in the database every second. A new one has no share until all others know of it.
 * From then on, they start no turns beyond their smaller share, and the new process waits for turns already running beyond it.
 */
export class TurnShares {
	readonly #ctx: Ctx;
	/** Host and port. A process with the address of an earlier one replaces it, because that one must have died. */
	readonly #address: string;
	#id = randomUUID();
	#others: z.infer<typeof processesSchema> = [];
	/** Whether the database contains this process. */
	#isAnnounced = false;
	/** Whether all other processes know of this one. */
	#isKnown = false;
	#validUntil = -Infinity;

	constructor(ctx: Ctx) {
		this.#ctx = ctx;
		this.#address = `${hostname()}:${ctx.app.config.port || randomUUID()}`;
	}

	/** Whether this process has its share: false until all others know of it. */
	get isValid(): boolean {
		return this.#isKnown && performance.now() <= this.#validUntil;
	}

	get processes(): number {
		return 1 + this.#others.length;
	}

	/** Returns whether this process has no share of a site with this maximum. */
	hasNoShare(max: number): boolean {
		return this.#isKnown && this.#divide(max) === 0;
	}

	/** Returns this process's current share of a site's maximum. */
	getShare(key: number, max: number): number {
		if (!this.isValid) return 0;
		const excess = this.#others.reduce((sum, other) => sum + (other.excess[key] ?? 0), 0);
		return Math.max(0, this.#divide(max) - excess);
	}

	/** Returns the number of running turns beyond this process's share, by key. */
	getExcess(running: ReadonlyMap<number, number>, getMax: (key: number) => number) {
		const excess = [...running].map(
			([key, count]) => [key, count - this.#divide(getMax(key))] as const,
		);
		return Object.fromEntries(excess.filter(([, count]) => count > 0));
	}

	/** Announces this process and loads the others. `getExcess` returns the number of running turns beyond its share, by key. */
	async announce(getExcess: () => Record<string, number>): Promise<void> {
		// After this long without an announcement, others consider this process dead and may have taken its share.
		if (performance.now() > this.#validUntil) {
			this.#id = randomUUID();
			this.#isAnnounced = this.#isKnown = false;
		}
		while (await this.#announceOnce(getExcess()));
	}

	/**
	 * Returns whether to announce again immediately: either new processes have appeared, which wait until this one lists
	 * them as known, or this was the first announcement, which can't see a concurrent first one.
	 */
	async #announceOnce(excess: Record<string, number>): Promise<boolean> {
		const sentAt = performance.now();
		const known = new Set(this.#others.map(({ id }) => id));
		const { rows } = await this.#ctx.db.execute(sql`
			with announced as (
				insert into turn_processes (id, address, known_ids, excess, seen_at)
				values (${this.#id}::uuid, ${this.#address}, ${sql.param([...known])}::uuid[], ${JSON.stringify(excess)}::jsonb, now())
				on conflict (id) do update
					set known_ids = excluded.known_ids, excess = excluded.excess, seen_at = excluded.seen_at
			), gone as (
				delete from turn_processes where id <> ${this.#id}::uuid
					and (address = ${this.#address} or seen_at < now() - interval '1 minute')
			)
			select id, excess, ${this.#id}::uuid = any(known_ids) as knows_us from turn_processes
			where address <> ${this.#address} and seen_at > now() - make_interval(secs => ${EXPIRY_SECONDS})`);
		this.#others = processesSchema.parse(rows);
		const wasAnnounced = this.#isAnnounced;
		this.#isAnnounced = true;
		this.#isKnown ||= wasAnnounced && this.#others.every(({ knows_us }) => knows_us);
		this.#validUntil = sentAt + EXPIRY_SECONDS * 1_000 - MARGIN_MS;
		return !wasAnnounced || this.#others.some(({ id }) => !known.has(id));
	}

	/** Releases this process's share to the others. */
	async leave(): Promise<void> {
		this.#isKnown = false;
		this.#validUntil = -Infinity;
		await this.#ctx.db.execute(sql`delete from turn_processes where id = ${this.#id}::uuid`);
	}

	/**
	 * Returns an even share, rounded down. If there are fewer turns than processes, the first ones by ID get one each.
	 * A process that still counts a dead one divides by a larger number, so it takes too little, never too much.
	 */
	#divide(max: number): number {
		if (max >= this.processes) return Math.floor(max / this.processes);
		const rank = this.#others.filter(({ id }) => id < this.#id).length;
		return rank < max ? 1 : 0;
	}
}
