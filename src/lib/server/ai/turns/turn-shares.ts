import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { sql } from 'drizzle-orm';
import { z } from 'zod';
import type { Ctx } from '#lib/server/core/context.ts';

/** A process that hasn't announced itself for this long is considered dead, and others take its share. */
const FORGOTTEN_SECONDS = 8;
/** A process stops relying on its share this long before, so that no other one has taken it. */
const MARGIN_MS = 2_000;

const others = z.array(
	z.object({
		id: z.string(),
		/** Turns by key that the process still runs beyond its share. */
		excess: z.record(z.string(), z.number()),
		knows_us: z.boolean(),
	}),
);

/**
 * Divides every site's setting evenly among the processes that run turns, so that all of them together never exceed it.
 * Each process announces itself in the database every second. A new one has no share until all others know of it:
 * from then on they start no turn beyond their smaller share, and it waits for the turns that they already run beyond it.
 */
export class TurnShares {
	readonly #ctx: Ctx;
	/** A process that listens where another one has listened replaces it: that one has died. */
	readonly #address: string;
	#id = randomUUID();
	#others: z.infer<typeof others> = [];
	/** The database contains this process. */
	#isAnnounced = false;
	/** All others know of this process. */
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

	/** Returns whether other processes have all turns of a site with such a setting. */
	isLeftOut(max: number): boolean {
		return this.#isKnown && this.#divide(max) === 0;
	}

	/** Returns how many of a setting's turns this process may run now. */
	of(key: number, max: number): number {
		if (!this.isValid) return 0;
		const excess = this.#others.reduce((sum, other) => sum + (other.excess[key] ?? 0), 0);
		return Math.max(0, this.#divide(max) - excess);
	}

	/** Returns how many turns this process runs beyond its share. */
	excessOf(running: ReadonlyMap<number, number>, maxOf: (key: number) => number) {
		const beyond = [...running].map(
			([key, count]) => [key, count - this.#divide(maxOf(key))] as const,
		);
		return Object.fromEntries(beyond.filter(([, count]) => count > 0));
	}

	/** Announces this process, and learns of the others. `excess` returns the turns that it runs beyond its share. */
	async announce(excess: () => Record<string, number>): Promise<void> {
		// The database has forgotten a process that could not announce itself for so long, and others may have its share.
		if (performance.now() > this.#validUntil) {
			this.#id = randomUUID();
			this.#isAnnounced = this.#isKnown = false;
		}
		while (await this.#announceOnce(excess()));
	}

	/**
	 * Returns whether to announce again at once: others have appeared, who wait to hear that this process knows of them; or
	 * this was the first announcement, which can't see another first one at the same time.
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
			where address <> ${this.#address} and seen_at > now() - make_interval(secs => ${FORGOTTEN_SECONDS})`);
		this.#others = others.parse(rows);
		const wasAnnounced = this.#isAnnounced;
		this.#isAnnounced = true;
		this.#isKnown ||= wasAnnounced && this.#others.every(({ knows_us }) => knows_us);
		this.#validUntil = sentAt + FORGOTTEN_SECONDS * 1_000 - MARGIN_MS;
		return !wasAnnounced || this.#others.some(({ id }) => !known.has(id));
	}

	/** Leaves this process's share to the others. */
	async leave(): Promise<void> {
		this.#isKnown = false;
		this.#validUntil = -Infinity;
		await this.#ctx.db.execute(sql`delete from turn_processes where id = ${this.#id}::uuid`);
	}

	/**
	 * An even share, rounded down. Where there are fewer turns than processes, the first ones by id have one each. Processes
	 * that see a dead one as well divide by more, and so take less, never more.
	 */
	#divide(max: number): number {
		if (max >= this.processes) return Math.floor(max / this.processes);
		const rank = this.#others.filter(({ id }) => id < this.#id).length;
		return rank < max ? 1 : 0;
	}
}
