import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import pg from 'pg';
import { from as copyFrom, to as copyTo } from 'pg-copy-streams';
import { z } from 'zod';
import { StartupError } from '../startup-error';
import { migrateDatabase } from './migrate';

const manifestSchema = z.object({
	format: z.literal(1),
	created_at: z.iso.datetime(),
	/** The time in the journal of the newest migration that the database had. */
	migration: z.number(),
	tables: z.array(z.object({ name: z.string(), columns: z.array(z.string()), rows: z.number() })),
	/** The last value of each sequence. */
	sequences: z.array(z.object({ name: z.string(), value: z.string() })),
});
export type BackupManifest = z.infer<typeof manifestSchema>;

const MANIFEST = 'manifest.json';
const fileOf = (folder: string, table: string) => path.join(folder, 'tables', `${table}.copy.gz`);
const quote = (name: string) => pg.escapeIdentifier(name);

/**
 * Writes every table of the database into an empty or new folder, as of one moment, while the server goes on. The
 * manifest is written last: a folder without one is no backup.
 */
export async function backUpDatabase(
	connectionString: string,
	folder: string,
): Promise<BackupManifest> {
	await mkdir(path.join(folder, 'tables'), { recursive: true });
	return withClient(connectionString, async (client) => {
		await client.query('begin isolation level repeatable read, read only');
		const migration = await query(
			client,
			'select max(created_at)::text as newest from drizzle.__drizzle_migrations',
			z.object({ newest: z.string() }),
		);
		const tables: BackupManifest['tables'] = [];
		for (const { name, columns } of await listTables(client)) {
			const list = columns.map(quote).join(', ');
			const stream = client.query(copyTo(`copy ${quote(name)} (${list}) to stdout`));
			await pipeline(stream, createGzip({ level: 1 }), createWriteStream(fileOf(folder, name)));
			tables.push({ name, columns, rows: stream.rowCount });
		}
		const sequences = await query(
			client,
			`select sequencename as name, last_value::text as value from pg_sequences
				where schemaname = 'public' and last_value is not null`,
			z.object({ name: z.string(), value: z.string() }),
		);
		await client.query('commit');
		const manifest: BackupManifest = {
			format: 1,
			created_at: new Date().toISOString(),
			migration: Number(migration[0]?.newest),
			tables,
			sequences,
		};
		await writeFile(path.join(folder, MANIFEST), JSON.stringify(manifest, null, '\t'));
		return manifest;
	});
}

/**
 * Loads a backup into an empty database, in one transaction, and migrates it to this version. Throws StartupError where
 * the folder is no complete backup, the database is not empty, or rows are missing afterwards.
 */
export async function restoreDatabase(
	connectionString: string,
	folder: string,
	migrationsFolder: string,
): Promise<BackupManifest> {
	const manifest = await readManifest(folder);
	await withClient(connectionString, requireEmpty);
	await migrateDatabase(connectionString, migrationsFolder, { until: manifest.migration });
	await withClient(connectionString, async (client) => {
		await client.query('begin');
		const names = manifest.tables.map(({ name }) => quote(name)).join(', ');
		await client.query(`truncate ${names}`);
		// Tables refer to each other in circles: references are checked once everything is there.
		const references = await query(
			client,
			`select conrelid::regclass::text as "table", quote_ident(conname) as name, pg_get_constraintdef(oid) as definition
				from pg_constraint where contype = 'f' and connamespace = 'public'::regnamespace`,
			z.object({ table: z.string(), name: z.string(), definition: z.string() }),
		);
		for (const { table, name } of references) {
			await client.query(`alter table ${table} drop constraint ${name}`);
		}
		for (const { name, columns, rows } of manifest.tables) {
			const list = columns.map(quote).join(', ');
			const stream = client.query(copyFrom(`copy ${quote(name)} (${list}) from stdin`));
			await pipeline(createReadStream(fileOf(folder, name)), createGunzip(), stream);
			if (stream.rowCount !== rows) {
				throw new StartupError(
					`The backup's table ${name} has ${stream.rowCount} rows instead of ${rows}. Nothing was loaded.`,
				);
			}
		}
		for (const { table, name, definition } of references) {
			await client.query(`alter table ${table} add constraint ${name} ${definition}`);
		}
		for (const { name, value } of manifest.sequences) {
			await client.query('select setval($1::regclass, $2::bigint)', [quote(name), value]);
		}
		await client.query('commit');
		await client.query('analyze');
	});
	await migrateDatabase(connectionString, migrationsFolder);
	return manifest;
}

/** Reads what a backup holds; throws StartupError where the folder is no complete backup. */
export async function readManifest(folder: string): Promise<BackupManifest> {
	const text = await readFile(path.join(folder, MANIFEST), 'utf8').catch(() => undefined);
	if (text === undefined) {
		throw new StartupError(`${folder} is not a backup: it has no ${MANIFEST}.`);
	}
	const parsed = manifestSchema.safeParse(parseJson(text));
	if (parsed.success) return parsed.data;
	throw new StartupError(`${path.join(folder, MANIFEST)} is damaged or of a newer Frontdesk.`);
}

function parseJson(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
}

/** The tables of the application with the columns that are stored: generated ones are computed again. */
const listTables = (client: pg.Client) =>
	query(
		client,
		`select c.relname as name, array_agg(a.attname::text order by a.attnum) as columns
			from pg_class c join pg_attribute a on a.attrelid = c.oid
			where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
				and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
			group by c.relname order by c.relname`,
		z.object({ name: z.string(), columns: z.array(z.string()) }),
	);

/** A database counts as empty while it has no user and no chat: a first start makes a site on its own. */
async function requireEmpty(client: pg.Client): Promise<void> {
	for (const table of ['users', 'chat_sessions']) {
		const { rows } = await client.query<{ found: string | null }>(
			'select to_regclass($1)::text as found',
			[`public.${table}`],
		);
		if (!rows[0]?.found) continue;
		const { rowCount } = await client.query(`select 1 from ${table} limit 1`);
		if (rowCount === 0) continue;
		throw new StartupError(
			`The database to restore into has data already (table ${table}). Give an empty database.`,
		);
	}
}

async function query<T>(client: pg.Client, text: string, row: z.ZodType<T>): Promise<T[]> {
	const { rows } = await client.query(text);
	return z.array(row).parse(rows);
}

async function withClient<T>(
	connectionString: string,
	work: (client: pg.Client) => Promise<T>,
): Promise<T> {
	const client = new pg.Client({ connectionString });
	await client.connect();
	try {
		await client.query('set statement_timeout = 0');
		return await work(client);
	} finally {
		await client.end();
	}
}
