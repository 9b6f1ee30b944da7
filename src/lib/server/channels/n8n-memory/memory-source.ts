import { sql } from 'drizzle-orm';
import pg from 'pg';
import { z } from 'zod';
import type { MemorySource } from '#lib/contract/sync.ts';
import type { Ctx } from '#lib/server/core/context.ts';

/** One row of n8n's Postgres Chat Memory: whose conversation, and a LangChain message. */
const memoryRow = z.object({
	id: z.coerce.number().int().nonnegative(),
	session_id: z.string().catch(''),
	message: z.unknown(),
	/** n8n's own table has none; what is no time of this era is as good as none. */
	created_at: z.coerce.date().max(new Date('9999-12-31')).min(new Date(0)).nullable().catch(null),
});
export type MemoryRow = z.infer<typeof memoryRow>;

/** Where rows are read from; both databases are asked alike. */
export interface Source {
	name: MemorySource['name'];
	query(text: string, values: unknown[]): Promise<unknown[]>;
	close(): Promise<void>;
}

const TABLE = 'n8n_chat_histories';
const CONNECT_MS = 5_000;
const QUERY_MS = 15_000;

/** Frontdesk's own database. */
export function ownSource({ db }: Ctx): Source {
	return {
		name: 'own',
		async query(text, values) {
			const [first = '', ...rest] = text.split(/\$\d+/);
			const parts = rest.map((piece, index) => sql`${sql.param(values[index])}${sql.raw(piece)}`);
			return (await db.execute(sql.join([sql.raw(first), ...parts]))).rows;
		},
		close: () => Promise.resolve(),
	};
}

/**
 * The database that N8N_DATABASE_URL names; only read, by transactions that allow nothing else: poolers refuse or forget
 * what is set for a connection. Throws when it cannot be reached.
 */
export async function otherSource(connectionString: string): Promise<Source> {
	const client = new pg.Client({
		connectionString,
		connectionTimeoutMillis: CONNECT_MS,
		query_timeout: QUERY_MS,
		application_name: 'frontdesk sync',
	});
	// A connection that breaks fails the query under way; without a listener it would end the process.
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

/** Whether the table is there with the columns that n8n gives it; null when it is not. */
export async function describeTable(source: Source): Promise<{ has_time: boolean } | null> {
	const found = await source.query(
		`select attname as name from pg_attribute
		where attrelid = to_regclass('${TABLE}') and attnum > 0 and not attisdropped`,
		[],
	);
	const names = z.array(z.object({ name: z.string() })).parse(found);
	const has = (name: string) => names.some((column) => column.name === name);
	if (!['id', 'session_id', 'message'].every(has)) return null;
	return { has_time: has('created_at') };
}

/** The ids after a mark, in their order. */
export async function idsAfter(source: Source, mark: number, limit: number): Promise<number[]> {
	const rows = await source.query(`select id from ${TABLE} where id > $1 order by id limit $2`, [
		mark,
		limit,
	]);
	return z
		.array(z.object({ id: z.coerce.number() }))
		.parse(rows)
		.map(({ id }) => id);
}

export async function readRows(
	source: Source,
	ids: number[],
	{ has_time }: { has_time: boolean },
): Promise<MemoryRow[]> {
	const time = has_time ? 'created_at' : 'null::timestamptz as created_at';
	const rows = await source.query(
		`select id, session_id, message, ${time} from ${TABLE} where id = any($1::bigint[]) order by id`,
		[ids],
	);
	return z.array(memoryRow).parse(rows);
}
