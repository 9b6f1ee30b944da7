import type { EventEmitter } from 'node:events';
import { drizzle, type NodePgQueryResultHKT } from 'drizzle-orm/node-postgres';
import type { PgDatabase } from 'drizzle-orm/pg-core';
import pg from 'pg';
import type { Log } from '../log.ts';
import {
	DIRECT,
	type ConnectionMode,
	SETTINGS,
	STARTUP_OPTIONS,
	createSetStatement,
} from './connection-mode.ts';
import * as schema from './schema/index.ts';

/** The pool or an open transaction; the same queries run on both. */
export type Db = PgDatabase<NodePgQueryResultHKT, typeof schema>;

export interface DatabaseClient {
	pool: pg.Pool;
	db: Db;
}

const CONNECT_TIMEOUT_MS = 5_000;
/** Longer than `statement_timeout`, so that a reachable server cancels the query first. */
const QUERY_TIMEOUT_MS = 20_000;
/** The timeout of named statements, which are used on the message path and take milliseconds. */
const NAMED_QUERY_TIMEOUT_MS = 8_000;

interface Options {
	max?: number;
	mode?: ConnectionMode;
	connectTimeoutMs?: number;
	queryTimeoutMs?: number;
	/** Called when a connection is lost or a query times out. A commit in progress may or may not have succeeded. */
	onLost?: () => void;
	/**
	 * Called with the SQLSTATE or network code of every error, with `pool_exhausted` if no connection becomes free in time, and with
	 * `connect_timeout` if the server doesn't accept a new one in time.
	 */
	onError?: (code: string) => void;
}

/**
 * The number of idle connections to keep, because new ones have to authenticate and to plan the large statements again. None
 * are kept behind a pooler, where an idle connection may occupy one that other processes need.
 */
const MIN_CONNECTIONS = 2;
/** How long connections beyond `MIN_CONNECTIONS` may stay idle. Long, so that the next burst can reuse them. */
const IDLE_TIMEOUT_MS = 300_000;

/**
 * Creates the connection pool. More than eight connections are slower on machines with few cores. If a query times out, its
 * connection and all idle ones are closed, because a server that vanished silently leaves them all dead.
 */
export function connectDatabase(
	connectionString: string,
	log: Log,
	{
		max = 8,
		mode = DIRECT,
		connectTimeoutMs = CONNECT_TIMEOUT_MS,
		queryTimeoutMs = QUERY_TIMEOUT_MS,
		onLost,
		onError,
	}: Options = {},
): DatabaseClient {
	const idle = new Set<pg.PoolClient>();
	let keepsStatements = mode.keepsStatements;
	const replaceIdle = () => {
		for (const client of idle) {
			client.emit('error', new Error('replaced: a query on another connection timed out'));
		}
	};
	const onTimeout = () => {
		replaceIdle();
		onLost?.();
	};
	const Client = createBoundedClient({
		supportsNamedStatements: () => keepsStatements,
		onTimeout,
		onError(code) {
			onError?.(code);
			if (!keepsStatements || !isLostStatementCode(code)) return;
			keepsStatements = false;
			log.warn('the pooler loses prepared statements: continuing without them');
		},
	});
	const pool = new pg.Pool({
		connectionString,
		max,
		min: mode.settings === 'startup' ? Math.min(MIN_CONNECTIONS, max) : 0,
		// Behind a pooler, pg-pool's default of 10 seconds applies.
		...(mode.settings === 'startup' && { idleTimeoutMillis: IDLE_TIMEOUT_MS }),
		connectionTimeoutMillis: connectTimeoutMs,
		keepAlive: true,
		keepAliveInitialDelayMillis: 10_000,
		query_timeout: queryTimeoutMs,
		application_name: 'frontdesk',
		Client,
		...(mode.settings === 'startup' && { ...SETTINGS, ...STARTUP_OPTIONS }),
		// `options` in the URL replaces `STARTUP_OPTIONS`.
		...((mode.settings === 'session' || hasOptions(connectionString)) && {
			// pg-pool awaits the promise, although its type doesn't allow one.
			onConnect: (client: pg.ClientBase) => client.query(createSetStatement()) as unknown as void,
		}),
	});
	// The pool replaces lost connections. Without a listener, a connection error would crash the process.
	pool.on('connect', (client) => {
		client.on('error', (error) => {
			log.warn({ error: error.message }, 'database connection lost');
			onLost?.();
		});
		// During a query, a fatal error rejects only the query. Poolers report a lost server this way.
		getConnection(client).on('errorMessage', ({ severity }: { severity?: string }) => {
			if (severity === 'FATAL' || severity === 'PANIC') onLost?.();
		});
	});
	pool.on('acquire', (client) => idle.delete(client));
	pool.on('release', (error, client) => {
		if (!error) idle.add(client);
		else if (isTimeout(error)) onTimeout();
	});
	pool.on('remove', (client) => idle.delete(client));
	pool.on('error', () => undefined);
	reportTimeouts(pool, onError);
	const db: Db = drizzle(pool, { schema, casing: 'snake_case' });
	return { pool, db: Object.assign(db, { transaction: createTransaction(pool, mode) }) };
}

type Connect = (callback?: (error: unknown, ...rest: unknown[]) => void) => unknown;

/** Reports timeouts of `pool.connect`, which never reach a connection, and explains those that an exhausted pool causes. */
function reportTimeouts(pool: pg.Pool, onError: Options['onError']): void {
	const report = (error: unknown) => {
		if (!(error instanceof Error)) return;
		if (error.message.startsWith('Connection terminated due to connection timeout')) {
			onError?.('connect_timeout');
		}
		if (error.message !== 'timeout exceeded when trying to connect') return;
		onError?.('pool_exhausted');
		error.message += `: all ${pool.totalCount} connections of the pool are in use, and ${pool.waitingCount} other queries are waiting`;
	};
	const connect = pool.connect.bind(pool) as Connect;
	const connectAndReport: Connect = (callback) => {
		if (!callback) {
			return (connect() as Promise<pg.PoolClient>).catch((error: unknown) => {
				report(error);
				throw error;
			});
		}
		return connect((error, ...rest) => {
			report(error);
			callback(error, ...rest);
		});
	};
	Object.assign(pool, { connect: connectAndReport });
}

/** Creates a `db.transaction` that always releases its connection; Drizzle's own leaks the connection if `begin` fails. */
function createTransaction(pool: pg.Pool, mode: ConnectionMode): Db['transaction'] {
	const dbs = new WeakMap<pg.PoolClient, Db>();
	const getDb = (client: pg.PoolClient): Db => {
		const db = dbs.get(client) ?? bindToConnection(client, mode);
		dbs.set(client, db);
		return db;
	};
	return async (work, config) => {
		const client = await pool.connect();
		try {
			return await getDb(client).transaction(work, config);
		} finally {
			client.release();
		}
	};
}

/**
 * Returns a handle whose queries and transactions run on one connection. Behind a pooler that shares connections, it applies
 * the settings to each transaction.
 */
export function bindToConnection(client: pg.PoolClient, { settings }: ConnectionMode): Db {
	const db: Db = drizzle(client, { schema, casing: 'snake_case' });
	if (settings !== 'transaction') return db;
	const begin = db.transaction.bind(db);
	const transaction: Db['transaction'] = (work, config) =>
		begin(async (tx) => {
			await client.query(createSetStatement('local'));
			return await work(tx);
		}, config);
	return Object.assign(db, { transaction });
}

type Query = (config: pg.QueryConfig | string, ...rest: unknown[]) => unknown;

interface ClientHooks {
	/** Returns whether named prepared statements can be used. */
	supportsNamedStatements(): boolean;
	onTimeout(): void;
	onError(code: string): void;
}

/** Creates a client class that closes itself if a query times out; pg's own would keep waiting for the old response. */
function createBoundedClient({ supportsNamedStatements, onTimeout, onError }: ClientHooks) {
	const withTimeout = (config: pg.QueryConfig): pg.QueryConfig & { query_timeout?: number } => {
		if (config.name === undefined) return config;
		const { name, ...unnamed } = config;
		return {
			...unnamed,
			...(supportsNamedStatements() && { name }),
			query_timeout: NAMED_QUERY_TIMEOUT_MS,
		};
	};
	return class BoundedClient extends pg.Client {
		constructor(config?: pg.ClientConfig) {
			super(config);
			const connection = getConnection(this);
			const reportError = ({ code }: { code?: unknown }) =>
				onError(typeof code === 'string' ? code : 'connection');
			connection.on('errorMessage', reportError);
			connection.on('error', reportError);
			const query = this.query.bind(this) as Query;
			const queryWithTimeout: Query = (config, ...rest) => {
				const result = query(typeof config === 'string' ? config : withTimeout(config), ...rest);
				if (!(result instanceof Promise)) return result;
				return result.catch((error: unknown) => {
					if (isTimeout(error)) {
						void this.end();
						onTimeout();
					}
					throw error;
				});
			};
			Object.assign(this, { query: queryWithTimeout });
		}
	};
}

const hasOptions = (connectionString: string) => /[?&]options=/.test(connectionString);

/** pg's types leave out the connection. */
const getConnection = (client: pg.ClientBase) =>
	(client as unknown as { connection: EventEmitter }).connection;

const isTimeout = (error: unknown) =>
	error instanceof Error && error.message === 'Query read timeout';

/** Matches `invalid_sql_statement_name` and `duplicate_prepared_statement`. */
const isLostStatementCode = (code: string) => code === '26000' || code === '42P05';
