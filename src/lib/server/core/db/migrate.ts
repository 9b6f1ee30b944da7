import { setTimeout } from 'node:timers/promises';
import { type MigrationMeta, readMigrationFiles } from 'drizzle-orm/migrator';
import type pg from 'pg';
import { StartupError } from '../errors.ts';
import { connectAtStart, STARTUP_OPTIONS } from './connection-mode.ts';

/** The key of the advisory lock that serializes migrations of processes that start together. Its value is arbitrary. */
const MIGRATION_LOCK = 4_815_162_342;

/** The maximum wait for a table's lock per attempt. Short, because visitors' queries queue behind a waiting migration. */
const LOCK_TIMEOUT_MS = 2_000;
const MAX_ATTEMPTS = 100;
const RETRY_DELAY_MS = 1_000;
/** Overrides the role's own timeout, because building an index may take long. */
const NO_STATEMENT_TIMEOUT = { options: `${STARTUP_OPTIONS.options} -c statement_timeout=0` };
/** Turns off `transaction_timeout`, which exists since Postgres 17. */
const NO_TRANSACTION_TIMEOUT = `select set_config(name, '0', true) from pg_settings where name = 'transaction_timeout'`;
/** The interval of queries that keep the lock's connection from being dropped as idle. */
const HEARTBEAT_MS = 10_000;

interface MigrateOptions {
	/** The maximum wait for a table's lock per attempt. */
	lockTimeoutMs?: number;
	/** The time of the newest migration to apply, as in Drizzle's journal, for restoring a backup of an older version. */
	until?: number;
	log?: (line: string) => void;
}

/**
 * Applies pending migrations one by one, while processes of the previous version keep serving. Throws `StartupError` if a
 * newer version has migrated the database. Works behind any pooler, because all locks are transaction-scoped.
 */
export async function migrateDatabase(
	connectionString: string,
	folder: string,
	{ lockTimeoutMs = LOCK_TIMEOUT_MS, until = Infinity, log = () => undefined }: MigrateOptions = {},
): Promise<void> {
	const migrations = readMigrationFiles({ migrationsFolder: folder }).filter(
		({ folderMillis }) => folderMillis <= until,
	);
	const client = await connectAtStart(connectionString, NO_STATEMENT_TIMEOUT);
	try {
		await requireServerVersion(client);
		if ((await listPending(client, migrations)).length === 0) return;
		await requireCreatable(client);
		await withMigrationLock(connectionString, log, async () => {
			await client.query('create schema if not exists drizzle');
			await client.query(
				'create table if not exists drizzle.__drizzle_migrations (id serial primary key, hash text not null, created_at bigint)',
			);
			for (const migration of await listPending(client, migrations)) {
				if (isConcurrent(migration)) await buildIndexes(client, migration);
				else await applyMigration(client, migration, { lockTimeoutMs, log });
			}
		});
	} finally {
		await client.end();
	}
}

async function requireServerVersion(client: pg.Client): Promise<void> {
	const { rows } = await client.query<{ version: string }>(
		`select current_setting('server_version_num') as version`,
	);
	const version = Math.floor(Number(rows[0]?.version) / 10_000);
	if (version < 14) {
		throw new StartupError(`Frontdesk requires Postgres 14 or newer; this is ${version}.`);
	}
}

/** Throws a `StartupError` with a remedy if the role can't create the tables. */
async function requireCreatable(client: pg.Client): Promise<void> {
	const { rows } = await client.query<DatabaseProperties>(
		`select current_setting('transaction_read_only') = 'on' as is_read_only,
			current_schema() is distinct from 'public' as is_wrong_schema, current_setting('server_encoding') as encoding,
			not (has_schema_privilege('public', 'create') and (to_regnamespace('drizzle') is not null
				or has_database_privilege(current_database(), 'create'))) as is_forbidden,
			quote_ident(current_database()) as database, quote_ident(current_user) as role`,
	);
	const [found] = rows;
	if (!found) return;
	const { is_read_only, is_wrong_schema, is_forbidden, encoding, database, role } = found;
	if (is_read_only) {
		throw new StartupError(
			'The database is read-only: it is a standby, its disk is full, or default_transaction_read_only is on.',
		);
	}
	if (encoding !== 'UTF8') {
		throw new StartupError(
			`The database's encoding is ${encoding}, which cannot store every language. Recreate it: create database ${database} template template0 encoding 'UTF8';`,
		);
	}
	if (is_wrong_schema) {
		throw new StartupError(
			`Frontdesk's tables belong in the schema public. Run: alter role ${role} set search_path = public;`,
		);
	}
	if (is_forbidden) {
		throw new StartupError(
			`The role ${role} may not create tables. Make it the owner of the database: alter database ${database} owner to ${role};`,
		);
	}
}

interface DatabaseProperties {
	is_read_only: boolean;
	is_wrong_schema: boolean;
	is_forbidden: boolean;
	encoding: string;
	database: string;
	role: string;
}

/** Returns the migrations after the newest applied one. Throws `StartupError` if a newer version applied it. */
async function listPending(
	client: pg.Client,
	migrations: MigrationMeta[],
): Promise<MigrationMeta[]> {
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
 * Runs `work` while no other process migrates. An open transaction on a separate connection holds the lock. It reads nothing
 * and therefore holds no snapshot, which a concurrent index build would wait for.
 */
async function withMigrationLock(
	connectionString: string,
	log: (line: string) => void,
	work: () => Promise<void>,
): Promise<void> {
	const lockClient = await connectAtStart(connectionString, {});
	try {
		await acquireLock(lockClient, log);
		const heartbeat = setInterval(() => {
			lockClient.query('select 1').catch(() => undefined);
		}, HEARTBEAT_MS);
		try {
			await work();
		} finally {
			clearInterval(heartbeat);
		}
		await lockClient.query('commit');
	} finally {
		await lockClient.end();
	}
}

async function acquireLock(lockClient: pg.Client, log: (line: string) => void): Promise<void> {
	for (let attempt = 1; ; attempt += 1) {
		// At any other isolation level, the transaction would keep the snapshot of its first statement.
		await lockClient.query(
			`begin isolation level read committed; set local idle_in_transaction_session_timeout = 0; ${NO_TRANSACTION_TIMEOUT}`,
		);
		// No parameters, because the extended protocol would keep the statement and its snapshot open.
		const { rows } = await lockClient.query<{ is_acquired: boolean }>(
			`select pg_try_advisory_xact_lock(${MIGRATION_LOCK}) as is_acquired`,
		);
		if (rows[0]?.is_acquired) return;
		await lockClient.query('rollback');
		if (attempt === 1) log('Another process is migrating the database; waiting for it.');
		await setTimeout(RETRY_DELAY_MS / 4);
	}
}

/** Applies one migration in one transaction, retrying while a table it needs is locked. */
async function applyMigration(
	client: pg.Client,
	migration: MigrationMeta,
	{ lockTimeoutMs, log }: { lockTimeoutMs: number; log: (line: string) => void },
): Promise<void> {
	for (let attempt = 1; ; attempt += 1) {
		await client.query(
			`begin isolation level read committed; set local lock_timeout = ${lockTimeoutMs}; set local statement_timeout = 0; set local standard_conforming_strings = on; ${NO_TRANSACTION_TIMEOUT}`,
		);
		try {
			for (const statement of migration.sql) await client.query(statement);
			await recordMigration(client, migration);
			await client.query('commit');
			return;
		} catch (error) {
			await client.query('rollback').catch(() => undefined);
			if (attempt === MAX_ATTEMPTS || !isBlocked(error)) throw error;
			if (attempt === 1) log('A migration is waiting for a table that is in use; retrying.');
			await setTimeout(RETRY_DELAY_MS * (0.5 + Math.random()));
		}
	}
}

const CONCURRENT_STATEMENT = /^\s*(create\s+(unique\s+)?index|drop\s+index)\s+concurrently\b/i;

/** Returns whether a migration builds or drops indexes concurrently, which Postgres allows only outside transactions. */
function isConcurrent({ sql }: MigrationMeta): boolean {
	const count = sql.filter((statement) => CONCURRENT_STATEMENT.test(statement)).length;
	if (count !== 0 && count !== sql.length) {
		throw new Error(
			'a migration with CONCURRENTLY must contain nothing else: it runs outside a transaction',
		);
	}
	return count !== 0;
}

/** Runs the statements of a concurrent migration. Safe to repeat, because it drops invalid indexes left by an interrupted build. */
async function buildIndexes(client: pg.Client, migration: MigrationMeta): Promise<void> {
	for (const statement of migration.sql) {
		const name = /concurrently\s+(?:if\s+(?:not\s+)?exists\s+)?"?([\w$]+)"?/i.exec(statement)?.[1];
		if (name === undefined) throw new Error(`the statement names no index: ${statement}`);
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
	await recordMigration(client, migration);
}

async function recordMigration(
	client: pg.Client,
	{ hash, folderMillis }: MigrationMeta,
): Promise<void> {
	await client.query(
		'insert into drizzle.__drizzle_migrations (hash, created_at) values ($1, $2)',
		[hash, folderMillis],
	);
}

/** Returns whether the error is a lock timeout or a deadlock with a running server. */
const isBlocked = (error: unknown) =>
	error instanceof Error && 'code' in error && ['55P03', '40P01'].includes(String(error.code));
