import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { createApp } from '#lib/server/create-app.ts';
import { readConfig } from '#lib/server/core/config.ts';
import { systemContext, type Ctx } from '#lib/server/core/context.ts';
import { startEmbeddedPostgres } from '#lib/server/core/db/embedded/index.ts';
import { migrateDatabase } from '#lib/server/core/db/migrate.ts';
import { ensureFirstAdmin } from '#lib/server/team/auth/unchecked.ts';
import { ensureDefaultSite } from '#lib/server/sites/unchecked.ts';
import { isSeeded, seed } from '../seed/index.ts';
import { ADMIN } from '../../tests/support/server-api.ts';

export const SECRET_KEY = 'a secret key for benches only';

/** Where seeded databases are kept for the next run: a million chat sessions take most of an hour to make. */
const KEPT = process.env['BENCH_DATA_DIR'];

interface Postgres {
	url: string;
	stop(): Promise<void>;
}

/** A Postgres of a bench's own. */
export async function startBenchPostgres(): Promise<Postgres> {
	const folder = await mkdtemp(path.join(os.tmpdir(), 'frontdesk-bench-'));
	const { url, stop } = await startPostgres(folder);
	return {
		url,
		async stop() {
			await stop();
			await rm(folder, { recursive: true, force: true });
		},
	};
}

/** One for seeded databases, which stay when BENCH_DATA_DIR names a folder. */
export const startSeededPostgres = (): Promise<Postgres> =>
	KEPT ? startPostgres(path.resolve(KEPT)) : startBenchPostgres();

async function startPostgres(dataDir: string): Promise<Postgres> {
	const database = await startEmbeddedPostgres({ dataDir, log: () => undefined });
	return { url: database.connectionString, stop: () => database.stop() };
}

/** A database of that server with so many chat sessions, whose admin is the one of all tests. */
export async function openSeeded(
	server: string,
	sessions: number,
): Promise<{ url: string; ctx: Ctx; close(): Promise<void> }> {
	const name = `seeded_${sessions}`;
	const url = new URL(server);
	url.pathname = name;
	const databaseUrl = url.toString();
	const isThere = await query(server, `select from pg_database where datname = '${name}'`);
	if (!isThere) await query(server, `create database ${name}`);
	await migrateDatabase(databaseUrl, 'drizzle');
	const config = readConfig({
		NODE_ENV: 'test',
		LOG_LEVEL: 'error',
		DATABASE_URL: databaseUrl,
		ADMIN_EMAIL: ADMIN.email,
		ADMIN_PASSWORD: ADMIN.password,
	});
	const { app, close } = createApp({ config, databaseUrl, secretKey: SECRET_KEY });
	const ctx = systemContext(app);
	await ensureFirstAdmin(app);
	await ensureDefaultSite(ctx);
	if (!(await isSeeded(ctx))) {
		await seed(ctx, { sessions, seed: 'bench' });
		await query(databaseUrl, 'vacuum (analyze)');
	}
	return { url: databaseUrl, ctx, close };
}

/** How many rows it gave. */
async function query(url: string, statement: string): Promise<number> {
	const client = new pg.Client({ connectionString: url });
	await client.connect();
	const { rowCount } = await client.query(statement);
	await client.end();
	return rowCount ?? 0;
}
