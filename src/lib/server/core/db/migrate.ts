import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { drizzle } from 'drizzle-orm/node-postgres';
import { migrate } from 'drizzle-orm/node-postgres/migrator';
import pg from 'pg';
import { z } from 'zod';
import { StartupError } from '../startup-error';

const journal = z.object({ entries: z.array(z.object({ when: z.number(), tag: z.string() })) });

// Any fixed number: processes that start together migrate one after another.
const MIGRATION_LOCK = 4_815_162_342;

/** Brings the schema to the code's version; refuses a database that a newer version has migrated. */
export async function migrateDatabase(connectionString: string, folder: string): Promise<void> {
	const client = new pg.Client({ connectionString, application_name: 'frontdesk migrate' });
	try {
		await client.connect();
	} catch (error) {
		throw new StartupError(
			`The database cannot be reached: ${describe(error)}. Check DATABASE_URL.`,
		);
	}
	try {
		await client.query('select pg_advisory_lock($1)', [MIGRATION_LOCK]);
		await refuseOldServer(client);
		await refuseNewerSchema(client, folder);
		await migrate(drizzle(client), { migrationsFolder: folder });
	} finally {
		await client.end();
	}
}

async function refuseOldServer(client: pg.Client): Promise<void> {
	const { rows } = await client.query<{ version: string }>(
		`select current_setting('server_version_num') as version`,
	);
	const version = Math.floor(Number(rows[0]?.version) / 10_000);
	if (version < 14) throw new StartupError(`Postgres 14 or newer is needed; this is ${version}.`);
}

async function refuseNewerSchema(client: pg.Client, folder: string): Promise<void> {
	const known = journal.parse(
		JSON.parse(await readFile(path.join(folder, 'meta/_journal.json'), 'utf8')),
	);
	const newest = Math.max(...known.entries.map((entry) => entry.when));
	const { rows: tables } = await client.query<{ found: string | null }>(
		`select to_regclass('drizzle.__drizzle_migrations')::text as found`,
	);
	if (!tables[0]?.found) return;
	const { rows } = await client.query<{ newest: string | null }>(
		'select max(created_at) as newest from drizzle.__drizzle_migrations',
	);
	if (Number(rows[0]?.newest ?? 0) > newest) {
		throw new StartupError(
			'The database was migrated by a newer version of Frontdesk. Start that version, or restore a backup made before it.',
		);
	}
}

const describe = (error: unknown) =>
	error instanceof Error ? error.message || error.name : String(error);
