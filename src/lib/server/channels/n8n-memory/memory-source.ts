import { sql } from 'drizzle-orm';
import pg from 'pg';
import { z } from 'zod';
import type { MemorySource } from '#lib/contract/workflows.ts';
import type { Ctx } from '#lib/server/core/context.ts';

/** A row of n8n's Postgres Chat Memory: the conversation's id and one LangChain message. */
const memoryRowSchema = z.object({
	id: z.coerce.number().int().nonnegative(),
	session_id: z.string().catch(''),
	message: z.unknown(),
	/** Null for implausible times, and if the table lacks this column, which n8n doesn't create. */
	created_at: z.coerce.date().max(new Date('9999-12-31')).min(new Date(0)).nullable().catch(null),
});
export type MemoryRow = z.infer<typeof memoryRowSchema>;

/** A database with a chat memory table. */
export interface MemoryDatabase {
	name: MemorySource['name'];
	query(text: string, values: unknown[]): Promise<unknown[]>;
	close(): Promise<void>;
}

const TABLE = 'n8n_chat_histories';
const CONNECT_TIMEOUT_MS = 5_000;
const QUERY_TIMEOUT_MS = 15_000;

/** Creates the source that reads Frontdesk's own database. */
export function createOwnSource({ db }: Ctx): MemoryDatabase {
	return {
		name: 'own',
		async query(text, values) {
			const [first = '', ...rest] = text.split(/\$\d+/);
			const parts = rest.map((text, index) => sql`${sql.param(values[index])}${sql.raw(text)}`);
			return (await db.execute(sql.join([sql.raw(first), ...parts]))).rows;
		},
		close: () => Promise.resolve(),
	};
}

/**
 * Connects to the database of N8N_DATABASE_URL. Runs each query in a read-only transaction, because connection poolers
 * reject or drop session settings. Throws if the database can't be reached.
 */
export async function connectToSource(connectionString: string): Promise<MemoryDatabase> {
	const client = new pg.Client({
		connectionString,
		connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
		query_timeout: QUERY_TIMEOUT_MS,
		application_name: 'frontdesk sync',
	});
	// A lost connection rejects the running query; without a listener it would also crash the process.
	client.on('error', () => undefined);
	await client.connect();
	return {
		name: 'other',
		async query(text, values) {
			await client.query('begin read only');
			const { rows } = await client.query<Record<string, unknown>>(text, values);
			await client.query('commit');
			return rows;
		},
		close: () => client.end(),
	};
}

/** Returns whether the table has the optional column `created_at`; null if the table or one of n8n's columns is missing. */
export async function describeTable(source: MemoryDatabase): Promise<{ has_time: boolean } | null> {
	const columns = await source.query(
		`select attname as name from pg_attribute
		where attrelid = to_regclass('${TABLE}') and attnum > 0 and not attisdropped`,
		[],
	);
	const names = z.array(z.object({ name: z.string() })).parse(columns);
	const has = (name: string) => names.some((column) => column.name === name);
	if (!['id', 'session_id', 'message'].every(has)) return null;
	return { has_time: has('created_at') };
}

/** Returns the ids greater than `afterId`, ascending, at most `limit`. */
export async function listIdsAfter(
	source: MemoryDatabase,
	afterId: number,
	limit: number,
): Promise<number[]> {
	const rows = await source.query(`select id from ${TABLE} where id > $1 order by id limit $2`, [
		afterId,
		limit,
	]);
	return z
		.array(z.object({ id: z.coerce.number() }))
		.parse(rows)
		.map(({ id }) => id);
}

/** Returns the rows with these ids, in ascending order. */
export async function readRows(
	source: MemoryDatabase,
	ids: number[],
	{ has_time }: { has_time: boolean },
): Promise<MemoryRow[]> {
	const time = has_time ? 'created_at' : 'null::timestamptz as created_at';
	const rows = await source.query(
		`select id, session_id, message, ${time} from ${TABLE} where id = any($1::bigint[]) order by id`,
		[ids],
	);
	return z.array(memoryRowSchema).parse(rows);
}
