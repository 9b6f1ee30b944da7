import { setTimeout } from 'node:timers/promises';
import { type MigrationMeta, readMigrationFiles } from 'drizzle-orm/migrator';
import type pg from 'pg';
import { StartupError } from '../startup-error.ts';
import { connectAtStart } from './connection-mode.ts';

// Any fixed number: processes that start together migrate one after another.
const MIGRATION_LOCK = 4_815_162_342;

/** Visitors wait behind a migration that waits for a table, so it waits this long at most, and tries again. */
const LOCK_MS = 2_000;
const MAX_TRIES = 100;
const PAUSE_MS = 1_000;
/** Building an index takes as long as it takes, whatever the role's own limit is. */
const WITHOUT_TIME_LIMIT = { options: '-c statement_timeout=0' };
/** The lock's connection is used this often, so that nothing on the way takes it for dead. */
const HEARTBEAT_MS = 10_000;

interface MigrateOptions {
	/** How long a migration waits for a table before it lets visitors pass, in ms. */
	lockMs?: number;
	/** The newest migration to apply, by its time in the journal: for loading a backup of an older version. */
	until?: number;
	log?: (line: string) => void;
}

/**
 * Brings the schema to the code's version, migration by migration, while older processes go on serving; refuses a
 * database that a newer version has migrated. Safe through any pooler: locks are those of transactions.
 */
export async function migrateDatabase(
	connectionString: string,
	folder: string,
	{ lockMs = LOCK_MS, until = Infinity, log = () => undefined }: MigrateOptions = {},
): Promise<void> {
	const migrations = readMigrationFiles({ migrationsFolder: folder }).filter(
		({ folderMillis }) => folderMillis <= until,
	);
	const client = await connectAtStart(connectionString, WITHOUT_TIME_LIMIT);
	try {
		await refuseOldServer(client);
		if ((await pendingOf(client, migrations)).length === 0) return;
		await whileLocked(connectionString, log, async () => {
			await client.query('create schema if not exists drizzle');
			await client.query(
				'create table if not exists drizzle.__drizzle_migrations (id serial primary key, hash text not null, created_at bigint)',
			);
			for (const migration of await pendingOf(client, migrations)) {
				if (isConcurrent(migration)) await buildIndexes(client, migration);
				else await apply(client, migration, { lockMs, log });
			}
		});
	} finally {
		await client.end();
	}
}

async function refuseOldServer(client: pg.Client): Promise<void> {
	const { rows } = await client.query<{ version: string }>(
		`select current_setting('server_version_num') as version`,
	);
	const version = Math.floor(Number(rows[0]?.version) / 10_000);
	if (version < 14) {
		throw new StartupError(`Frontdesk requires Postgres 14 or newer; this is ${version}.`);
	}
}

/** The migrations after the newest one that the database has. */
async function pendingOf(client: pg.Client, migrations: MigrationMeta[]): Promise<MigrationMeta[]> {
	const { rows: tables } = await client.query<{ found: string | null }>(
		`select to_regclass('drizzle.__drizzle_migrations')::text as found`,
	);
	if (!tables[0]?.found) return migrations;
	const { rows } = await client.query<{ newest: string | null }>(
		'select max(created_at) as newest from drizzle.__drizzle_migrations',
	);
	const applied = Number(rows[0]?.newest ?? 0);
	if (applied > Math.max(...migrations.map(({ folderMillis }) => folderMillis))) {
		throw new StartupError(
			'The database was migrated by a newer version of Frontdesk. Start that version, or restore a backup made before it.',
		);
	}
	return migrations.filter(({ folderMillis }) => folderMillis > applied);
}

/**
 * Runs `work` while no other process migrates. The lock is held by the open transaction of a connection of its own, which
 * reads nothing: an index that is built concurrently waits for snapshots, and that transaction has none.
 */
async function whileLocked(
	connectionString: string,
	log: (line: string) => void,
	work: () => Promise<void>,
): Promise<void> {
	const holder = await connectAtStart(connectionString, {});
	try {
		await takeLock(holder, log);
		const heartbeat = setInterval(() => {
			holder.query('select 1').catch(() => undefined);
		}, HEARTBEAT_MS);
		try {
			await work();
		} finally {
			clearInterval(heartbeat);
		}
		await holder.query('commit');
	} finally {
		await holder.end();
	}
}

async function takeLock(holder: pg.Client, log: (line: string) => void): Promise<void> {
	for (let tries = 1; ; tries += 1) {
		await holder.query('begin; set local idle_in_transaction_session_timeout = 0');
		// Without parameters: the extended protocol would keep the statement, and with it its snapshot, open.
		const { rows } = await holder.query<{ is_taken: boolean }>(
			`select pg_try_advisory_xact_lock(${MIGRATION_LOCK}) as is_taken`,
		);
		if (rows[0]?.is_taken) return;
		await holder.query('rollback');
		if (tries === 1) log('Another process is migrating the database; waiting for it.');
		await setTimeout(PAUSE_MS / 4);
	}
}

/** Applies one migration in one transaction; a table that is in use is waited for in short turns. */
async function apply(
	client: pg.Client,
	migration: MigrationMeta,
	{ lockMs, log }: { lockMs: number; log: (line: string) => void },
): Promise<void> {
	for (let tries = 1; ; tries += 1) {
		await client.query(
			`begin; set local lock_timeout = ${lockMs}; set local statement_timeout = 0`,
		);
		try {
			for (const statement of migration.sql) await client.query(statement);
			await note(client, migration);
			await client.query('commit');
			return;
		} catch (error) {
			await client.query('rollback').catch(() => undefined);
			if (tries === MAX_TRIES || !isBlocked(error)) throw error;
			if (tries === 1) log('A migration waits for a table that is in use; trying again.');
			await setTimeout(PAUSE_MS * (0.5 + Math.random()));
		}
	}
}

const CONCURRENT = /^\s*(create\s+(unique\s+)?index|drop\s+index)\s+concurrently\b/i;

/** Whether a migration builds indexes without blocking writes, which Postgres does outside of transactions only. */
function isConcurrent({ sql }: MigrationMeta): boolean {
	const count = sql.filter((statement) => CONCURRENT.test(statement)).length;
	if (count !== 0 && count !== sql.length) {
		throw new Error(
			'a migration with CONCURRENTLY must have nothing else: it is in no transaction',
		);
	}
	return count !== 0;
}

/** Each statement may be run again: a build that was interrupted left an index that is not valid, which is dropped first. */
async function buildIndexes(client: pg.Client, migration: MigrationMeta): Promise<void> {
	for (const statement of migration.sql) {
		const name = /concurrently\s+(?:if\s+(?:not\s+)?exists\s+)?"?([\w$]+)"?/i.exec(statement)?.[1];
		if (name === undefined) throw new Error(`no index is named in: ${statement}`);
		const { rows } = await client.query<{ is_valid: boolean }>(
			'select indisvalid as is_valid from pg_index where indexrelid = to_regclass(quote_ident($1))',
			[name],
		);
		const isBuild = /^\s*create/i.test(statement);
		if (isBuild && rows[0]?.is_valid === false) {
			await client.query(`drop index concurrently if exists "${name}"`);
		}
		const isDone = isBuild ? rows[0]?.is_valid === true : rows.length === 0;
		if (!isDone) await client.query(statement);
	}
	await note(client, migration);
}

async function note(client: pg.Client, { hash, folderMillis }: MigrationMeta): Promise<void> {
	await client.query(
		'insert into drizzle.__drizzle_migrations (hash, created_at) values ($1, $2)',
		[hash, folderMillis],
	);
}

/** A lock that was not granted in time, or a deadlock with the server that goes on serving. */
const isBlocked = (error: unknown) =>
	error instanceof Error && 'code' in error && ['55P03', '40P01'].includes(String(error.code));
