import { drizzle, type NodePgQueryResultHKT } from 'drizzle-orm/node-postgres';
import type { PgDatabase } from 'drizzle-orm/pg-core';
import pg from 'pg';
import type { Log } from '../log';
import * as schema from './schema';

/** The pool or a transaction of it: the same queries run on both. */
export type Db = PgDatabase<NodePgQueryResultHKT, typeof schema>;

export interface DatabaseClient {
	pool: pg.Pool;
	db: Db;
}

/** Eight connections: on few cores more of them are slower (docs/benchmarks.md). */
export function connectDatabase(
	connectionString: string,
	log: Log,
	{ max = 8, onLost }: { max?: number; onLost?: () => void } = {},
): DatabaseClient {
	const pool = new pg.Pool({
		connectionString,
		max,
		connectionTimeoutMillis: 5_000,
		statement_timeout: 15_000,
		idle_in_transaction_session_timeout: 30_000,
		application_name: 'frontdesk',
	});
	// A connection that breaks is replaced: without a listener, in use as well as idle, it would end the process.
	pool.on('connect', (client) => {
		client.on('error', (error) => {
			log.warn({ error: error.message }, 'database connection lost');
			onLost?.();
		});
	});
	pool.on('error', () => undefined);
	return { pool, db: drizzle(pool, { schema, casing: 'snake_case' }) };
}
