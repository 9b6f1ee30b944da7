import type { EventEmitter } from 'node:events';
import { drizzle, type NodePgQueryResultHKT } from 'drizzle-orm/node-postgres';
import type { PgDatabase } from 'drizzle-orm/pg-core';
import pg from 'pg';
import type { Log } from '../log.ts';
import { DIRECT, type ConnectionMode, SETTINGS, setStatement } from './connection-mode.ts';
import * as schema from './schema/index.ts';

/** The pool or a transaction of it: the same queries run on both. */
export type Db = PgDatabase<NodePgQueryResultHKT, typeof schema>;

export interface DatabaseClient {
	pool: pg.Pool;
	db: Db;
}

/** Longer than `statement_timeout`, so that a server that is there answers first. */
const ANSWER_MS = 20_000;
/** The named statements are those of the message path, which take milliseconds. */
const NAMED_ANSWER_MS = 8_000;

interface Options {
	max?: number;
	mode?: ConnectionMode;
	/** A connection broke; a transaction whose commit was under way may or may not hold. */
	onLost?: () => void;
	/** Called with the SQLSTATE or network code of every error. */
	onError?: (code: string) => void;
}

/**
 * Creates the pool. Eight connections: more are slower on few cores (docs/benchmarks.md). A connection that gives no
 * answer in time is closed, and the idle ones with it: a server that vanished without closing them took all of them along.
 */
export function connectDatabase(
	connectionString: string,
	log: Log,
	{ max = 8, mode = DIRECT, onLost, onError }: Options = {},
): DatabaseClient {
	const idle = new Set<pg.PoolClient>();
	let keepsStatements = mode.keepsStatements;
	const replaceIdle = () => {
		for (const client of idle) client.emit('error', new Error('replaced: another one fell silent'));
	};
	const Client = boundedClient({
		isNaming: () => keepsStatements,
		onSilence: replaceIdle,
		onError(code) {
			onError?.(code);
			if (!keepsStatements || !isLostStatement(code)) return;
			keepsStatements = false;
			log.warn('the pooler loses prepared statements; Frontdesk goes on without them');
		},
	});
	const pool = new pg.Pool({
		connectionString,
		max,
		connectionTimeoutMillis: 5_000,
		keepAlive: true,
		keepAliveInitialDelayMillis: 10_000,
		query_timeout: ANSWER_MS,
		application_name: 'frontdesk',
		Client,
		...(mode.settings === 'startup' && SETTINGS),
		...(mode.settings === 'session' && {
			// pg-pool waits for it, unlike its type.
			onConnect: (client: pg.ClientBase) => client.query(setStatement()) as unknown as void,
		}),
	});
	// A connection that breaks is replaced: without a listener, in use as well as idle, it would end the process.
	pool.on('connect', (client) => {
		client.on('error', (error) => {
			log.warn({ error: error.message }, 'database connection lost');
			onLost?.();
		});
	});
	pool.on('acquire', (client) => idle.delete(client));
	pool.on('release', (error, client) => {
		if (!error) idle.add(client);
		else if (isSilence(error)) replaceIdle();
	});
	pool.on('remove', (client) => idle.delete(client));
	pool.on('error', () => undefined);
	const db: Db = drizzle(pool, { schema, casing: 'snake_case' });
	return { pool, db: Object.assign(db, { transaction: transactions(pool, mode) }) };
}

/**
 * Drizzle's own way to begin a transaction keeps the connection for good when `begin` fails, so the connection is taken
 * from the pool here. Behind a pooler that shares connections, settings hold for the transaction only.
 */
function transactions(pool: pg.Pool, { settings }: ConnectionMode): Db['transaction'] {
	const dbs = new WeakMap<pg.PoolClient, Db>();
	const dbOf = (client: pg.PoolClient): Db => {
		const db = dbs.get(client) ?? drizzle(client, { schema, casing: 'snake_case' });
		dbs.set(client, db);
		return db;
	};
	return async (work, config) => {
		const client = await pool.connect();
		try {
			return await dbOf(client).transaction(async (tx) => {
				if (settings === 'transaction') await client.query(setStatement('local'));
				return await work(tx);
			}, config);
		} finally {
			client.release();
		}
	};
}

type Query = (config: pg.QueryConfig | string, ...rest: unknown[]) => unknown;

interface Watch {
	/** Whether statements may be prepared by name. */
	isNaming(): boolean;
	onSilence(): void;
	onError(code: string): void;
}

/** A client that closes itself when an answer doesn't come in time: pg leaves it open, still waiting for the old one. */
function boundedClient({ isNaming, onSilence, onError }: Watch) {
	const limited = (config: pg.QueryConfig): pg.QueryConfig & { query_timeout?: number } => {
		if (config.name === undefined) return config;
		const { name, ...unnamed } = config;
		return { ...unnamed, ...(isNaming() && { name }), query_timeout: NAMED_ANSWER_MS };
	};
	return class BoundedClient extends pg.Client {
		constructor(config?: pg.ClientConfig) {
			super(config);
			const { connection } = this as unknown as { connection: EventEmitter };
			const count = ({ code }: { code?: unknown }) =>
				onError(typeof code === 'string' ? code : 'connection');
			connection.on('errorMessage', count);
			connection.on('error', count);
			const query = this.query.bind(this) as Query;
			const bounded: Query = (config, ...rest) => {
				const result = query(typeof config === 'string' ? config : limited(config), ...rest);
				if (!(result instanceof Promise)) return result;
				return result.catch((error: unknown) => {
					if (isSilence(error)) {
						void this.end();
						onSilence();
					}
					throw error;
				});
			};
			Object.assign(this, { query: bounded });
		}
	};
}

const isSilence = (error: unknown) =>
	error instanceof Error && error.message === 'Query read timeout';

const isLostStatement = (code: string) => code === '26000' || code === '42P05';
