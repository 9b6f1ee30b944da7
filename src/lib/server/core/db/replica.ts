// Reads from a streaming replica; docs/decisions/0024-replica-reads-are-never-stale.md says why it works like this.
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'drizzle-orm';
import type pg from 'pg';
import { z } from 'zod';
import { AppError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import { BatchReader } from './batch-reader.ts';
import { bindToConnection, connectDatabase, type DatabaseClient, type Db } from './client.ts';
import { detectConnectionMode, DIRECT, type ConnectionMode } from './connection-mode.ts';
import { isTransientDatabaseError } from './faults.ts';

/** Why a read runs on the primary instead of the replica. */
type Refusal =
	'starting' | 'lagging' | 'unavailable' | 'promoted' | 'other_database' | 'busy' | 'failed';

const EXPLANATIONS: Partial<Record<Refusal, string>> = {
	lagging: 'it lags behind',
	unavailable: 'it is unavailable',
	promoted:
		'DATABASE_REPLICA_URL points to a server that is not a standby. If it was promoted, point DATABASE_URL to it',
	other_database:
		'DATABASE_REPLICA_URL points to a different cluster, database or timeline than DATABASE_URL',
};

/** The maximum number of concurrent reads, each on its own connection. */
const MAX_READS = 8;
/** The maximum time that a read waits for the replica to replay earlier commits. */
const MAX_CATCH_UP_MS = 100;
const CATCH_UP_POLL_MS = 5;
/** A replica that takes longer to answer a check counts as unavailable. */
const CHECK_TIMEOUT_MS = 2_000;
/** Shorter than the primary's, because the primary repeats a read that took too long. */
const QUERY_TIMEOUT_MS = 6_000;
const RETRY_MS = 500;

/** The primary's WAL position (LSN), with its timeline and database. */
const positionSchema = z.object({
	position: z.string(),
	timeline: z.string().transform((hex) => Number.parseInt(hex, 16)),
	database: z.string(),
});
type Position = z.infer<typeof positionSchema>;

const IDENTITY = `(select system_identifier from pg_control_system()) || '/' || current_database()`;

/** Selects the position up to which commits may be visible: that of the last flush or, with `synchronous_commit` off, of the last insert. */
const SELECT_POSITION = sql.raw(`select
	case current_setting('synchronous_commit') when 'off' then pg_current_wal_insert_lsn()
		else pg_current_wal_flush_lsn() end as position,
	left(pg_walfile_name(pg_current_wal_flush_lsn()), 8) as timeline, ${IDENTITY} as database`);

const checkSchema = z.object({
	is_standby: z.boolean(),
	timeline: z.number(),
	database: z.string(),
	is_current: z.boolean(),
});
const SELECT_CHECK = `select pg_is_in_recovery() as is_standby, ${IDENTITY} as database,
	(select min_recovery_end_timeline from pg_control_recovery()) as timeline,
	coalesce(pg_last_wal_replay_lsn() >= $1::pg_lsn, false) as is_current`;

const lagSchema = z.object({ bytes: z.coerce.number(), seconds: z.coerce.number() });
const SELECT_LAG = `select bytes, case when bytes = 0 then 0 else
		extract(epoch from clock_timestamp() - coalesce(pg_last_xact_replay_timestamp(), pg_postmaster_start_time())) end as seconds
	from (select greatest(pg_wal_lsn_diff($1::pg_lsn, pg_last_wal_replay_lsn()), 0) as bytes) behind`;

interface Options {
	url: string;
	primary: Db;
	log: Log;
	metrics: Metrics;
}

/**
 * The database at `DATABASE_REPLICA_URL`. It serves a read only if it has replayed every commit made on the primary before
 * the read began. A replica that hasn't is taken out of use until a check finds it current.
 */
export class Replica {
	readonly #url: string;
	readonly #log: Log;
	readonly #metrics: Metrics;
	readonly #positions: BatchReader<undefined, Position>;
	/** Caches the Drizzle handle of each connection, because creating one takes up to a millisecond. */
	readonly #dbs = new WeakMap<pg.PoolClient, Db>();
	#mode: ConnectionMode | undefined;
	#database: DatabaseClient | undefined;
	/** Why the replica isn't in use; undefined while it is. */
	#refusal: Refusal | undefined = 'starting';
	#readCount = 0;
	/** The latest error that made the replica unavailable. */
	#error: unknown;
	#isChecking = false;
	#isClosed = false;
	#timer: NodeJS.Timeout | undefined;

	constructor({ url, primary, log, metrics }: Options) {
		this.#url = url;
		this.#log = log.child({ database: 'replica' });
		this.#metrics = metrics;
		// A read must not join a query that is already running, which could miss the latest commits. `BatchReader` adds it to the next one.
		this.#positions = new BatchReader(async (reads) => {
			const { rows } = await primary.execute(SELECT_POSITION);
			const position = positionSchema.parse(rows[0]);
			return reads.map(() => position);
		});
		metrics.watchReplica({
			isInUse: () => this.#refusal === undefined,
			readLag: () => this.#readLag(),
		});
		void this.#check();
	}

	/** Runs reads on one connection to the replica. Returns `undefined` if the primary must answer them. */
	async read<T>(read: (db: Db) => Promise<T>): Promise<{ result: T } | undefined> {
		if (this.#readCount >= MAX_READS) return this.#refuse('busy');
		this.#readCount += 1;
		try {
			const client = await this.#acquire();
			return typeof client === 'string' ? this.#refuse(client) : await this.#run(client, read);
		} finally {
			this.#readCount -= 1;
		}
	}

	async #run<T>(client: pg.PoolClient, read: (db: Db) => Promise<T>) {
		try {
			const result = await read(this.#getDb(client));
			client.release();
			this.#metrics.replicaReads.inc({ result: 'replica' });
			return { result };
		} catch (error) {
			client.release(true);
			if (error instanceof AppError) throw error;
			// Usually a recovery conflict: the replica canceled the statement to replay WAL.
			this.#log.debug(
				{ err: error },
				'a read failed on the replica and runs on the primary instead',
			);
			void this.#check();
			return this.#refuse('failed');
		}
	}

	#getDb(client: pg.PoolClient): Db {
		const db = this.#dbs.get(client) ?? bindToConnection(client, this.#mode ?? DIRECT);
		this.#dbs.set(client, db);
		return db;
	}

	async close(): Promise<void> {
		this.#isClosed = true;
		clearTimeout(this.#timer);
		const database = this.#database;
		this.#database = undefined;
		await database?.pool.end();
	}

	#refuse(refusal: Refusal): undefined {
		this.#metrics.replicaReads.inc({ result: refusal });
	}

	/** Returns a connection to the replica if it is current, otherwise the reason. Throws if the primary is unavailable. */
	async #acquire(): Promise<pg.PoolClient | Refusal> {
		if (this.#refusal !== undefined || !this.#database) return this.#refusal ?? 'unavailable';
		const client = await this.#connect(this.#database);
		if (typeof client === 'string') this.#changeState(client);
		return client;
	}

	async #connect({ pool }: DatabaseClient): Promise<pg.PoolClient | Refusal> {
		const position = await this.#readPosition();
		if (!position) return 'unavailable';
		let client: pg.PoolClient | undefined;
		try {
			client = await pool.connect();
			const refusal = await waitUntilCurrent(client, position);
			if (refusal === undefined) return client;
			client.release();
			return refusal;
		} catch (error) {
			client?.release(true);
			this.#error = error;
			return 'unavailable';
		}
	}

	async #readPosition(): Promise<Position | undefined> {
		try {
			return await this.#positions.read(undefined);
		} catch (error) {
			if (isTransientDatabaseError(error)) throw error;
			this.#error = error;
			return undefined;
		}
	}

	/** Checks the replica now, then repeatedly until it can be used. */
	async #check(): Promise<void> {
		if (this.#isChecking || this.#isClosed) return;
		this.#isChecking = true;
		clearTimeout(this.#timer);
		try {
			this.#mode ??= await detectConnectionMode(this.#url, 'DATABASE_REPLICA_URL');
			this.#database ??= this.#open(this.#mode);
			const client = await this.#connect(this.#database);
			if (typeof client !== 'string') client.release();
			this.#changeState(typeof client === 'string' ? client : undefined);
		} catch (error) {
			this.#error = error;
			this.#changeState('unavailable');
		} finally {
			this.#isChecking = false;
		}
	}

	#open(mode: ConnectionMode): DatabaseClient {
		return connectDatabase(this.#url, this.#log, {
			mode,
			// One more each for a check and the metrics.
			max: MAX_READS + 2,
			connectTimeoutMs: CHECK_TIMEOUT_MS,
			queryTimeoutMs: QUERY_TIMEOUT_MS,
		});
	}

	#changeState(refusal: Refusal | undefined): void {
		if (this.#isClosed) return this.#disconnect();
		if (refusal !== this.#refusal) this.#logState(refusal);
		this.#refusal = refusal;
		// Idle connections may have died unnoticed.
		if (refusal === 'unavailable') this.#disconnect();
		clearTimeout(this.#timer);
		if (refusal !== undefined) this.#timer = setTimeout(() => void this.#check(), RETRY_MS).unref();
	}

	#logState(refusal: Refusal | undefined): void {
		if (refusal === undefined) return this.#log.info('the replica is in use');
		const level = refusal === 'promoted' || refusal === 'other_database' ? 'error' : 'warn';
		const detail = refusal === 'unavailable' ? { err: this.#error } : {};
		const reason = EXPLANATIONS[refusal] ?? refusal;
		this.#log[level](detail, `the replica is not in use: ${reason}`);
	}

	#disconnect(): void {
		void this.#database?.pool.end();
		this.#database = undefined;
	}

	async #readLag(): Promise<{ bytes: number; seconds: number }> {
		// A primary that doesn't answer must not delay the metrics.
		const timeout = sleep(CHECK_TIMEOUT_MS, undefined, { ref: false });
		const primary = await Promise.race([this.#positions.read(undefined), timeout]);
		if (!primary) throw new Error("the primary's position is unknown");
		const values = [primary.position];
		const query = { text: SELECT_LAG, values, query_timeout: CHECK_TIMEOUT_MS };
		const { rows } = (await this.#database?.pool.query(query)) ?? { rows: [] };
		return lagSchema.parse(rows[0]);
	}
}

/** Resolves with `undefined` once the replica has replayed everything up to a position, or with the reason not to use it. */
async function waitUntilCurrent(
	client: pg.PoolClient,
	primary: Position,
): Promise<Refusal | undefined> {
	const query = {
		text: SELECT_CHECK,
		values: [primary.position],
		query_timeout: CHECK_TIMEOUT_MS,
	};
	const deadline = performance.now() + MAX_CATCH_UP_MS;
	for (;;) {
		const { rows } = await client.query(query);
		const { is_standby, is_current, timeline, database } = checkSchema.parse(rows[0]);
		if (!is_standby) return 'promoted';
		if (database !== primary.database || timeline !== primary.timeline) return 'other_database';
		if (is_current) return undefined;
		if (performance.now() > deadline) return 'lagging';
		await sleep(CATCH_UP_POLL_MS);
	}
}
