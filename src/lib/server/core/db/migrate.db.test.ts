import { randomBytes } from 'node:crypto';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { is } from 'drizzle-orm';
import { getTableConfig, PgTable } from 'drizzle-orm/pg-core';
import pg from 'pg';
import { describe, expect, inject, it, onTestFinished, vi } from 'vitest';
import { z } from 'zod';
import { createTestDatabase } from '../../../../../tests/support/database.ts';
import {
	dropDatabase,
	runSql,
	withDatabase,
} from '../../../../../tests/support/database-server.ts';
import { migrateDatabase } from './migrate.ts';
import * as schema from './schema/index.ts';

/** Copies the project's migrations to a new folder and adds one with this SQL. */
async function createMigrationsFolder(sql: string): Promise<string> {
	const folder = await mkdtemp(path.join(os.tmpdir(), 'frontdesk-migrations-'));
	onTestFinished(() => rm(folder, { recursive: true, force: true }));
	await cp('drizzle', folder, { recursive: true });
	const file = path.join(folder, 'meta/_journal.json');
	const journal = z
		.looseObject({ entries: z.array(z.looseObject({ when: z.number() })) })
		.parse(JSON.parse(await readFile(file, 'utf8')));
	const when = Math.max(...journal.entries.map((entry) => entry.when)) + 1;
	journal.entries.push({ idx: 999, version: '7', when, tag: 'next', breakpoints: true });
	await writeFile(file, JSON.stringify(journal));
	await writeFile(path.join(folder, 'next.sql'), sql);
	return folder;
}

async function createDatabase() {
	const { url, drop } = await createTestDatabase();
	const connect = async () => {
		const client = new pg.Client({ connectionString: url });
		client.on('error', () => undefined);
		await client.connect();
		clients.push(client);
		return client;
	};
	const clients: pg.Client[] = [];
	onTestFinished(async () => {
		await Promise.all(clients.map((client) => client.end()));
		await drop();
	});
	return { url, connect };
}

const countApplied = async (client: pg.Client) =>
	(await client.query('select hash from drizzle.__drizzle_migrations')).rows.length;
const isValid = async (client: pg.Client, index: string) =>
	(
		await client.query<{ indisvalid: boolean }>(
			'select indisvalid from pg_index where indexrelid = to_regclass($1)',
			[index],
		)
	).rows[0]?.indisvalid;

const INDEX = 'CREATE INDEX CONCURRENTLY "next_index" ON "messages" ("created_at","sender");';

describe('a migration', () => {
	it('is applied once, even by several processes at the same time', async () => {
		const { url, connect } = await createDatabase();
		const client = await connect();
		const before = await countApplied(client);
		await migrateDatabase(url, 'drizzle');
		expect(await countApplied(client)).toBe(before);
		const folder = await createMigrationsFolder('CREATE TABLE "next" ("id" bigint);');
		await Promise.all([1, 2, 3, 4].map(() => migrateDatabase(url, folder)));
		expect(await countApplied(client)).toBe(before + 1);
		await expect(migrateDatabase(url, 'drizzle')).rejects.toThrow(/newer version of Frontdesk/);
	});

	it('leaves nothing behind when it fails', async () => {
		const { url, connect } = await createDatabase();
		const folder = await createMigrationsFolder(
			'CREATE TABLE "next" ("id" bigint);\n--> statement-breakpoint\nSELECT 1 / 0;',
		);
		await expect(migrateDatabase(url, folder)).rejects.toThrow(/division by zero/);
		const { rows } = await (await connect()).query(`select to_regclass('next') as found`);
		expect(rows).toEqual([{ found: null }]);
	});

	it('waits for a locked table in short attempts, between which the running version uses it', async () => {
		const { url, connect } = await createDatabase();
		const [blocker, running] = [await connect(), await connect()];
		await blocker.query('begin');
		await blocker.query('select count(*) from messages');
		const log = vi.fn();
		const folder = await createMigrationsFolder('ALTER TABLE "messages" ADD COLUMN "next" text;');
		const migrated = migrateDatabase(url, folder, { lockTimeoutMs: 50, log });
		await vi.waitFor(() => expect(log).toHaveBeenCalled());
		// These queries would queue behind a migration that waited for its lock without a limit.
		await running.query(`set statement_timeout = '5s'`);
		for (let n = 0; n < 5; n += 1) await running.query('select count(*) from messages');
		await blocker.query('commit');
		await migrated;
		await running.query('select next from messages');
	});
});

describe('a migration of a database with defaults of its own', () => {
	/** Sets a default of the database, for new connections. */
	const setDefault = async (client: pg.Client, setting: string) => {
		const name = client.database ?? '';
		await client.query(`alter database "${name}" set ${setting}`);
	};

	it.each([`default_transaction_isolation = 'repeatable read'`, `transaction_timeout = '1s'`])(
		'builds an index concurrently (%s)',
		async (setting) => {
			const { url, connect } = await createDatabase();
			const client = await connect();
			const { rows } = await client.query('select from pg_settings where name = any($1)', [
				setting.split(' '),
			]);
			// Postgres 16 and older have no limit for transactions.
			if (rows.length > 0) await setDefault(client, setting);
			await migrateDatabase(url, await createMigrationsFolder(INDEX));
			expect(await isValid(client, 'next_index')).toBe(true);
		},
	);

	it.each([
		['default_transaction_read_only = on', /read-only/],
		[`search_path = ''`, /alter role \S+ set search_path = public;$/],
	])('is refused with a remedy (%s)', async (setting, message) => {
		const { url, connect } = await createDatabase();
		await setDefault(await connect(), setting);
		const folder = await createMigrationsFolder('CREATE TABLE "next" ("id" bigint);');
		const refusal = await migrateDatabase(url, folder).catch((error: unknown) => error);
		expect(refusal).toMatchObject({ name: 'StartupError' });
		expect(String(refusal)).toMatch(message);
	});

	it('is refused if the database cannot store every language', async () => {
		const server = withDatabase(inject('databaseServer'), 'postgres');
		const name = `frontdesk_${randomBytes(6).toString('hex')}`;
		// The embedded Postgres has a provider that supports UTF8 only. Postgres 14 has a single provider.
		const provider = inject('createDatabaseOptions') ? 'locale_provider libc' : '';
		await runSql(
			server,
			`create database ${name} template template0 encoding 'LATIN1' ${provider} lc_collate 'C' lc_ctype 'C'`,
		);
		onTestFinished(() => dropDatabase(server, name));
		await expect(migrateDatabase(withDatabase(server, name), 'drizzle')).rejects.toThrow(
			/encoding is LATIN1.*encoding 'UTF8';$/,
		);
	});
});

const snakeCase = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** Tables whose rows outlive their chat session, without its data: log entries, errors, counters and results of test chats. */
const INDEPENDENT_TABLES = [
	'audit_entries',
	'automation_errors',
	'counted_sessions',
	'statistics_due',
	'suite_run_cases',
];

describe('the migrated database', () => {
	it('has the tables and columns of the schema', async () => {
		const { connect } = await createDatabase();
		const client = await connect();
		const { rows } = await client.query<{ name: string }>(
			`select c.relname || '.' || a.attname || case when a.attnotnull then '' else '?' end as name
				from pg_attribute a join pg_class c on c.oid = a.attrelid
				where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and a.attnum > 0 and not a.attisdropped`,
		);
		const declared = Object.values(schema)
			.filter((value) => is(value, PgTable))
			.map((table) => getTableConfig(table))
			.flatMap(({ name, columns }) =>
				columns.map((column) => `${name}.${snakeCase(column.name)}${column.notNull ? '' : '?'}`),
			);
		expect(rows.map(({ name }) => name).sort()).toEqual(declared.sort());
	});

	// Otherwise, an erased visitor's data could survive in a new table.
	it('deletes the rows that belong to a chat session together with it', async () => {
		const { connect } = await createDatabase();
		const client = await connect();
		const { rows } = await client.query<{ name: string }>(
			`select c.relname as name from pg_attribute a join pg_class c on c.oid = a.attrelid
				where a.attname = 'chat_session_id' and c.relkind = 'r' and not exists (
					select from pg_constraint where conrelid = c.oid and conkey = array[a.attnum] and confdeltype = 'c')
				order by 1`,
		);
		expect(rows.map(({ name }) => name)).toEqual(INDEPENDENT_TABLES);
	});
});

describe('an index that is built concurrently', () => {
	it('does not block writes, and is valid afterwards', async () => {
		const { url, connect } = await createDatabase();
		const [writer, client] = [await connect(), await connect()];
		await client.query(
			`insert into canned_replies (title, text) select 'title', 'text' from generate_series(1, 5000)`,
		);
		await writer.query('begin');
		await writer.query(`insert into canned_replies (title, text) values ('open', 'transaction')`);
		const folder = await createMigrationsFolder(
			'CREATE INDEX CONCURRENTLY "next_index" ON "canned_replies" ("title");',
		);
		const migrated = migrateDatabase(url, folder);
		// The build waits for the open transaction, but doesn't block other writes.
		await vi.waitFor(async () => {
			const { rows } = await client.query(
				`select 1 from pg_stat_progress_create_index where datname = current_database()`,
			);
			expect(rows).toHaveLength(1);
		});
		await client.query(`insert into canned_replies (title, text) values ('while', 'it is built')`);
		await writer.query('commit');
		await migrated;
		expect(await isValid(client, 'next_index')).toBe(true);
	});

	it('is rebuilt by the next start after an interruption', async () => {
		const { url, connect } = await createDatabase();
		const client = await connect();
		const blocker = await connect();
		await blocker.query('begin');
		await blocker.query(`insert into canned_replies (title, text) values ('open', 'transaction')`);
		const build = await connect();
		const interrupted = expect(
			build.query('create index concurrently "next_index" on canned_replies (title)'),
		).rejects.toThrow();
		await vi.waitFor(async () => expect(await isValid(client, 'next_index')).toBe(false));
		await client.query(
			`select pg_terminate_backend(pid) from pg_stat_progress_create_index where datname = current_database()`,
		);
		await interrupted;
		await blocker.query('commit');
		expect(await isValid(client, 'next_index')).toBe(false);
		const folder = await createMigrationsFolder(
			'CREATE INDEX CONCURRENTLY "next_index" ON "canned_replies" ("title");',
		);
		await migrateDatabase(url, folder);
		expect(await isValid(client, 'next_index')).toBe(true);
		await migrateDatabase(url, folder);
	});

	it('is recorded by the next start when the process crashed after building it', async () => {
		const { url, connect } = await createDatabase();
		const client = await connect();
		const before = await countApplied(client);
		await client.query(INDEX);
		await migrateDatabase(url, await createMigrationsFolder(INDEX));
		expect(await countApplied(client)).toBe(before + 1);
	});

	it('must be in its own migration', async () => {
		const { url } = await createDatabase();
		const folder = await createMigrationsFolder(`SELECT 1;\n--> statement-breakpoint\n${INDEX}`);
		await expect(migrateDatabase(url, folder)).rejects.toThrow(/must contain nothing else/);
	});
});
