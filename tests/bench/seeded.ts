import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { createApp } from '../../src/lib/server/app';
import { readConfig } from '../../src/lib/server/config';
import { systemContext, type Ctx } from '../../src/lib/server/context';
import { startEmbeddedPostgres } from '../../src/lib/server/db/embedded';
import { migrateDatabase } from '../../src/lib/server/db/migrate';
import { ensureDefaultSite } from '../../src/lib/server/sites';
import { seed, type Seeded } from '../factories/seed';

export const SECRET_KEY = 'a secret key for benches only';

/** A Postgres of a bench's own. */
export async function startBenchPostgres(): Promise<{ url: string; stop(): Promise<void> }> {
	const folder = await mkdtemp(path.join(os.tmpdir(), 'frontdesk-bench-'));
	const database = await startEmbeddedPostgres({ dataDir: folder, log: () => undefined });
	return {
		url: database.connectionString,
		async stop() {
			await database.stop();
			await rm(folder, { recursive: true, force: true });
		},
	};
}

/** A database of that server with so many chat sessions. */
export async function openSeeded(
	server: string,
	sessions: number,
): Promise<{ url: string; ctx: Ctx; made: Seeded; close(): Promise<void> }> {
	const url = new URL(server);
	url.pathname = `/seeded_${sessions}`;
	await query(server, `create database seeded_${sessions}`);
	await migrateDatabase(url.toString(), 'drizzle');
	const config = readConfig({ NODE_ENV: 'test', LOG_LEVEL: 'error', DATABASE_URL: url.toString() });
	const databaseUrl = url.toString();
	const { app, close } = createApp({ config, databaseUrl, secretKey: SECRET_KEY });
	const ctx = systemContext(app);
	await ensureDefaultSite(ctx);
	const made = await seed(ctx, { sessions, seed: 'bench' });
	await query(databaseUrl, 'vacuum (analyze)');
	return { url: databaseUrl, ctx, made, close };
}

async function query(url: string, statement: string): Promise<void> {
	const client = new pg.Client({ connectionString: url });
	await client.connect();
	await client.query(statement);
	await client.end();
}
