import { getTableColumns, type SQL, sql, type SQLWrapper, type Table } from 'drizzle-orm';
import { z } from 'zod';
import type { Ctx } from '../context.ts';
import type { Db } from './client.ts';
import { executePrepared } from './transaction.ts';

/**
 * Runs `read` on the replica (`DATABASE_REPLICA_URL`) if it has replayed every commit so far, otherwise on the primary. Use it
 * for lists, counts, statistics and exports, after the permission check. `read` may run twice, must not write, and must not
 * use its context after it has resolved. Inside a transaction, it runs in that transaction.
 */
export async function readFromReplica<T>(ctx: Ctx, read: (ctx: Ctx) => Promise<T>): Promise<T> {
	const { replica, db } = ctx.app;
	if (!replica || ctx.db !== db) return read(ctx);
	const answer = await replica.read((replicaDb) => read({ ...ctx, db: replicaDb }));
	return answer ? answer.result : read(ctx);
}

/** A query and the parser of its rows. Runs alone, or with others in one statement. */
export interface Read<T> {
	query: SQLWrapper;
	parse(rows: unknown[]): T;
}
type Results<R> = { [K in keyof R]: R[K] extends Read<infer T> ? T : never };

export async function runRead<T>(db: Db, { query, parse }: Read<T>): Promise<T> {
	const { rows } = await db.execute(query.getSQL());
	return parse(rows);
}

const batchSchema = z.record(z.string(), z.array(z.unknown()));

/**
 * Runs reads in one statement, with one round trip and from one snapshot. Returns their results by name. With a
 * `statementName`, the query is prepared, for frequent reads that take longer to plan than to execute. Queries that share a
 * name must be identical except for their parameters.
 */
export async function runReads<R extends Record<string, Read<unknown>>>(
	db: Db,
	reads: R,
	statementName?: string,
): Promise<Results<R>> {
	const columns = Object.entries(reads).map(
		([name, { query }]) =>
			sql`(select coalesce(json_agg(found), '[]') from (${query.getSQL()}) found) as ${sql.identifier(name)}`,
	);
	const query = sql`select ${sql.join(columns, sql`, `)}`;
	const rows = statementName
		? await runPrepared(db, statementName, query)
		: (await db.execute(query)).rows;
	const rowsByName = batchSchema.parse(rows[0]);
	const results = Object.entries(reads).map(([name, { parse }]) => [
		name,
		parse(rowsByName[name] ?? []),
	]);
	return Object.fromEntries(results) as Results<R>;
}

function runPrepared(db: Db, name: string, query: SQL): Promise<unknown[]> {
	const { sql: text, params } = db.execute(query).getQuery();
	return executePrepared(db, name, text, params);
}

/** Creates a read of whole rows of one table. `present` converts them to the result. */
export const readRows = <T extends Table, R>(
	table: T,
	query: SQLWrapper,
	present: (rows: T['$inferSelect'][]) => R,
): Read<R> => ({
	query,
	parse: (rows) => present(rows.map((row) => decodeRow(table, row))),
});

const rawRowSchema = z.record(z.string(), z.unknown());

/** Decodes a table's row, from Postgres values or JSON, into Drizzle's format. */
export function decodeRow<T extends Table>(table: T, row: unknown): T['$inferSelect'] {
	const values = rawRowSchema.parse(row);
	const decoded = Object.entries(getTableColumns(table)).map(([key, column]) => {
		const value = values[key];
		return [key, value === null || value === undefined ? null : column.mapFromDriverValue(value)];
	});
	return Object.fromEntries(decoded) as T['$inferSelect'];
}
