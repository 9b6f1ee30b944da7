import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { createApp } from '#lib/server/create-app.ts';
import { readConfig } from '#lib/server/core/config.ts';
import { createSystemContext, type Ctx } from '#lib/server/core/context.ts';
import { startEmbeddedPostgres } from '#lib/server/core/db/embedded/index.ts';
import { migrateDatabase } from '#lib/server/core/db/migrate.ts';
import { ensureFirstAdmin } from '#lib/server/team/auth/unchecked.ts';
import { ensureDefaultSite } from '#lib/server/sites/unchecked.ts';
import { isSeeded, seed, SEED_QUERY_TIMEOUT_MS } from '../seed/index.ts';
import { ADMIN_ENVIRONMENT } from '../../tests/support/server-api.ts';

export const SECRET_KEY = 'a secret key for benches only';

/** The folder that stores seeded databases for later runs, since seeding a million chat sessions takes most of an hour. */
const BENCH_DATA_DIR = process.env['BENCH_DATA_DIR'];

interface Postgres {
	url: string;
	superuserUrl: string;
	stop(): Promise<void>;
}

/** Starts an empty Postgres for one bench. */
export async function startBenchPostgres(): Promise<Postgres> {
	const folder = await mkdtemp(path.join(os.tmpdir(), 'frontdesk-bench-'));
	const postgres = await startPostgres(folder);
	return {
		...postgres,
		async stop() {
			await postgres.stop();
			await rm(folder, { recursive: true, force: true });
		},
	};
}

/** Starts a Postgres for seeded databases. Later runs reuse them if BENCH_DATA_DIR is set. */
export const startSeededPostgres = (): Promise<Postgres> =>
	BENCH_DATA_DIR ? startPostgres(path.resolve(BENCH_DATA_DIR)) : startBenchPostgres();

async function startPostgres(dataDir: string): Promise<Postgres> {
	const database = await startEmbeddedPostgres({ dataDir, log: () => undefined });
	return {
		url: database.connectionString,
		superuserUrl: database.superuserConnectionString,
		stop: () => database.stop(),
	};
}

/** Opens a database with this number of chat sessions, seeding it if necessary. Its admin is the tests' ADMIN. */
export async function openSeededDatabase(
	server: string,
	sessions: number,
): Promise<{ url: string; ctx: Ctx; close(): Promise<void> }> {
	const name = `seeded_${sessions}`;
	const url = new URL(server);
	url.pathname = name;
	const databaseUrl = url.toString();
	await createDatabase(server, name);
	await migrateDatabase(databaseUrl, 'drizzle');
	const config = readConfig({
		NODE_ENV: 'test',
		LOG_LEVEL: 'error',
		DATABASE_URL: databaseUrl,
		OUTBOUND_ALLOW_PRIVATE: 'true',
		...ADMIN_ENVIRONMENT,
	});
	const { app, close } = createApp({
		config,
		databaseUrl,
		queryTimeoutMs: SEED_QUERY_TIMEOUT_MS,
		secretKey: SECRET_KEY,
	});
	const ctx = createSystemContext(app);
	await ensureFirstAdmin(app);
	await ensureDefaultSite(ctx);
	if (!(await isSeeded(ctx))) {
		await seed(ctx, { sessions, seed: 'bench' });
		await runQuery(databaseUrl, 'vacuum (analyze)');
	}
	return { url: databaseUrl, ctx, close };
}

/** Creates a database unless it exists. Returns whether it is new. */
export async function createDatabase(server: string, name: string): Promise<boolean> {
	const { rowCount } = await runQuery(server, `select from pg_database where datname = '${name}'`);
	const isNew = rowCount === 0;
	if (isNew) await runQuery(server, `create database ${name}`);
	return isNew;
}

/** Runs a statement on a connection of its own. */
export async function runQuery<Row extends pg.QueryResultRow>(
	url: string,
	statement: string,
	values?: unknown[],
): Promise<pg.QueryResult<Row>> {
	const client = new pg.Client({ connectionString: url });
	await client.connect();
	try {
		return await client.query<Row>(statement, values);
	} finally {
		await client.end();
	}
}
