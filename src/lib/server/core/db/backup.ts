import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { readMigrationFiles } from 'drizzle-orm/migrator';
import pg from 'pg';
import { from as copyFrom, to as copyTo } from 'pg-copy-streams';
import { z } from 'zod';
import { StartupError } from '../errors.ts';
import { tryParseJson } from '../parse.ts';
import { connectAtStart, REQUIRED_VALUES } from './connection-mode.ts';
import { migrateDatabase } from './migrate.ts';

const manifestSchema = z.object({
	format: z.literal(1),
	created_at: z.iso.datetime(),
	/** The time of the newest applied migration in Drizzle's journal. */
	migration: z.number(),
	tables: z.array(z.object({ name: z.string(), columns: z.array(z.string()), rows: z.number() })),
	/** The latest value of each sequence. */
	sequences: z.array(z.object({ name: z.string(), value: z.string() })),
});
type BackupManifest = z.infer<typeof manifestSchema>;

/** The used part of a schema snapshot, which Drizzle Kit writes for each migration. */
const snapshotSchema = z.object({ tables: z.record(z.string(), z.object({ name: z.string() })) });

const MANIFEST = 'manifest.json';
const getTableFile = (folder: string, table: string) =>
	path.join(folder, 'tables', `${table}.copy.gz`);
const quote = (name: string) => pg.escapeIdentifier(name);

/**
 * Backs up Frontdesk's tables, as of one moment, into an empty or new folder. The server may be running. Returns the manifest
 * and the names of `otherTables` in the database. Writes the manifest last, so a folder without one is not a backup. Throws
 * `StartupError`.
 */
export async function backUpDatabase(
	connectionString: string,
	folder: string,
	migrationsFolder: string,
): Promise<BackupManifest & { otherTables: string[] }> {
	return inTransaction(connectionString, 'repeatable read, read only', async (client) => {
		const migration = await findMigration(client);
		if (migration === undefined) {
			throw new StartupError('The database is empty: nothing to back up.');
		}
		if (migration > findNewestMigration(migrationsFolder)) {
			throw new StartupError(
				'The database was migrated by a newer version of Frontdesk. Back it up with that version.',
			);
		}
		await mkdir(path.join(folder, 'tables'), { recursive: true });
		const ownNames = await listOwnTables(migrationsFolder);
		const existingTables = await listTables(client);
		const tables: BackupManifest['tables'] = [];
		for (const { name, columns } of existingTables.filter(({ name }) => ownNames.has(name))) {
			const columnList = columns.map(quote).join(', ');
			const stream = client.query(copyTo(`copy ${quote(name)} (${columnList}) to stdout`));
			await pipeline(
				stream,
				createGzip({ level: 1 }),
				createWriteStream(getTableFile(folder, name)),
			);
			tables.push({ name, columns, rows: stream.rowCount });
		}
		const sequences = await query(
			client,
			`select sequencename as name, last_value::text as value from pg_sequences
				where schemaname = 'public' and last_value is not null`,
			z.object({ name: z.string(), value: z.string() }),
		);
		const otherTables = existingTables
			.map(({ name }) => name)
			.filter((name) => !ownNames.has(name));
		const manifest: BackupManifest = {
			format: 1,
			created_at: new Date().toISOString(),
			migration,
			tables,
			sequences,
		};
		await writeFile(path.join(folder, MANIFEST), JSON.stringify(manifest, null, '\t'), {
			flush: true,
		});
		return { ...manifest, otherTables };
	});
}

/**
 * Restores a backup into an empty database, in one transaction, and migrates it to this version. Throws `StartupError`, with
 * nothing loaded, if the backup is incomplete or from a newer version, or if the database is not empty.
 */
export async function restoreDatabase(
	connectionString: string,
	folder: string,
	migrationsFolder: string,
): Promise<BackupManifest> {
	const manifest = await readManifest(folder);
	if (manifest.migration > findNewestMigration(migrationsFolder)) {
		throw new StartupError(
			'The backup was made by a newer version of Frontdesk. Restore it with that version.',
		);
	}
	await inTransaction(connectionString, 'read committed', (client) =>
		requireEmpty(client, manifest),
	);
	await migrateDatabase(connectionString, migrationsFolder, { until: manifest.migration });
	await inTransaction(connectionString, 'read committed', async (client) => {
		const names = manifest.tables.map(({ name }) => quote(name)).join(', ');
		await client.query(`truncate ${names}`);
		// Tables reference each other in cycles, so their foreign keys are dropped before loading and added again afterwards.
		const references = await query(
			client,
			`select conrelid::regclass::text as "table", quote_ident(conname) as name, pg_get_constraintdef(oid) as definition
				from pg_constraint where contype = 'f' and connamespace = 'public'::regnamespace
					and conrelid in (select oid from pg_class where relname = any($1))`,
			z.object({ table: z.string(), name: z.string(), definition: z.string() }),
			[manifest.tables.map(({ name }) => name)],
		);
		for (const { table, name } of references) {
			await client.query(`alter table ${table} drop constraint ${name}`);
		}
		for (const { name, columns, rows } of manifest.tables) {
			const columnList = columns.map(quote).join(', ');
			const stream = client.query(copyFrom(`copy ${quote(name)} (${columnList}) from stdin`));
			await pipeline(createReadStream(getTableFile(folder, name)), createGunzip(), stream).catch(
				(error: unknown) => {
					throw new StartupError(
						`Cannot load the backup's table ${name}: ${error instanceof Error ? error.message : String(error)}. Nothing was loaded.`,
					);
				},
			);
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
		await client.query('analyze');
	});
	await migrateDatabase(connectionString, migrationsFolder);
	return manifest;
}

/** Reads a backup's manifest. Throws `StartupError` if the folder is not a complete backup. */
export async function readManifest(folder: string): Promise<BackupManifest> {
	const text = await readFile(path.join(folder, MANIFEST), 'utf8').catch(() => undefined);
	if (text === undefined) {
		throw new StartupError(`${folder} is not a backup: it has no ${MANIFEST}.`);
	}
	const parsed = manifestSchema.safeParse(tryParseJson(text));
	if (parsed.success) return parsed.data;
	throw new StartupError(
		`${path.join(folder, MANIFEST)} is damaged or from a newer version of Frontdesk.`,
	);
}

/** Returns the database's tables with their stored columns. Generated columns are recomputed on restore. */
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

/** Returns the names of all tables in any version of Frontdesk up to this one. The database may also contain n8n's tables. */
async function listOwnTables(migrationsFolder: string): Promise<Set<string>> {
	const meta = path.join(migrationsFolder, 'meta');
	const names = new Set<string>();
	for (const file of await readdir(meta)) {
		if (!file.endsWith('_snapshot.json')) continue;
		const { tables } = snapshotSchema.parse(
			tryParseJson(await readFile(path.join(meta, file), 'utf8')),
		);
		for (const { name } of Object.values(tables)) names.add(name);
	}
	return names;
}

const findNewestMigration = (migrationsFolder: string): number =>
	Math.max(...readMigrationFiles({ migrationsFolder }).map(({ folderMillis }) => folderMillis));

/** Returns the time of the newest applied migration in Drizzle's journal; `undefined` if there is none. */
async function findMigration(client: pg.Client): Promise<number | undefined> {
	const [table] = await query(
		client,
		`select to_regclass('drizzle.__drizzle_migrations')::text as found`,
		z.object({ found: z.string().nullable() }),
	);
	if (!table?.found) return undefined;
	const [row] = await query(
		client,
		'select max(created_at)::text as newest from drizzle.__drizzle_migrations',
		z.object({ newest: z.string().nullable() }),
	);
	return row?.newest ? Number(row.newest) : undefined;
}

/** Throws `StartupError` unless the database has neither users nor chats. Ignores the site that a first start creates. */
async function requireEmpty(client: pg.Client, manifest: BackupManifest): Promise<void> {
	for (const table of ['users', 'chat_sessions']) {
		const { rows } = await client.query<{ found: string | null }>(
			'select to_regclass($1)::text as found',
			[`public.${table}`],
		);
		if (!rows[0]?.found) continue;
		const { rowCount } = await client.query(`select 1 from ${table} limit 1`);
		if (rowCount === 0) continue;
		throw new StartupError(
			`The database to restore into already has data (table ${table}). Use an empty database.`,
		);
	}
	if (((await findMigration(client)) ?? 0) > manifest.migration) {
		throw new StartupError(
			'The database to restore into belongs to a newer version of Frontdesk than the backup. Use an empty database without any tables.',
		);
	}
}

async function query<T>(
	client: pg.Client,
	text: string,
	row: z.ZodType<T>,
	values: unknown[] = [],
): Promise<T[]> {
	const { rows } = await client.query(text, values);
	return z.array(row).parse(rows);
}

/** Overrides settings of the role or the server, because copying may take long, and backup and restore must format values identically. */
const SETTINGS = {
	statement_timeout: '0',
	lock_timeout: '0',
	transaction_timeout: '0',
	idle_in_transaction_session_timeout: '0',
	...REQUIRED_VALUES,
	intervalstyle: 'postgres',
	extra_float_digits: '3',
	search_path: 'public',
};

/** Runs `work` in one transaction on its own connection. Works behind any pooler that allows transactions. */
async function inTransaction<T>(
	connectionString: string,
	isolation: string,
	work: (client: pg.Client) => Promise<T>,
): Promise<T> {
	const client = await connectAtStart(connectionString, {});
	try {
		await client.query(`begin isolation level ${isolation}`);
		// Older servers lack some of these settings.
		await client.query(
			`select set_config(name, value, true) from json_each_text($1) as setting(name, value)
				where exists (select from pg_settings s where lower(s.name) = setting.name)`,
			[JSON.stringify(SETTINGS)],
		);
		const result = await work(client);
		await client.query('commit');
		return result;
	} finally {
		await client.end();
	}
}
