import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import pg from 'pg';
import type { TestProject } from 'vitest/node';
import { startEmbeddedPostgres } from '#lib/server/core/db/embedded/index.ts';
import { migrateDatabase } from '#lib/server/core/db/migrate.ts';

declare module 'vitest' {
	interface ProvidedContext {
		/** A Postgres server with the migrated database `frontdesk_template`. */
		databaseServer: string;
		/** Options of `create database` that suit this server. */
		createDatabaseOptions: string;
	}
}

const TEMPLATE = 'frontdesk_template';

/** Starts an embedded Postgres for the run, or uses DATABASE_URL, and migrates a template database. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
	const databaseUrl = process.env['DATABASE_URL'];
	const folder = await mkdtemp(path.join(os.tmpdir(), 'frontdesk-test-'));
	const embedded = databaseUrl
		? undefined
		: await startEmbeddedPostgres({
				dataDir: folder,
				log: () => undefined,
				// Tests need no durability, and creating and dropping databases takes half the CPU time without it.
				settings: { fsync: 'off', full_page_writes: 'off' },
			});
	const server = databaseUrl ?? embedded?.connectionString ?? '';
	const template = `${TEMPLATE}_${process.pid}_${project.name}`;
	await runSql(server, `drop database if exists ${template}`, `create database ${template}`);
	await migrateDatabase(withDatabase(server, template), path.resolve('drizzle'));
	project.provide('databaseServer', withDatabase(server, template));
	// Cheaper than logging every page if files aren't synced. Postgres 14 doesn't support it.
	project.provide('createDatabaseOptions', embedded ? 'strategy file_copy' : '');
	return async () => {
		if (databaseUrl) await dropDatabase(server, template);
		await embedded?.stop();
		await rm(folder, { recursive: true, force: true });
	};
}

/** Returns the server's URL with another database name. */
export function withDatabase(server: string, database: string): string {
	const url = new URL(server);
	url.pathname = `/${database}`;
	return url.toString();
}

/**
 * Drops a database and its connections. An ordinary role may not end an autovacuum worker with `force`, but the plain
 * statement ends it by itself.
 */
export async function dropDatabase(server: string, name: string): Promise<void> {
	try {
		await runSql(server, `drop database if exists ${name} with (force)`);
	} catch (error) {
		if (!(error instanceof pg.DatabaseError) || error.code !== '42501') throw error;
		await runSql(server, `drop database if exists ${name}`);
	}
}

/** Runs SQL statements one after another. */
export async function runSql(server: string, ...statements: string[]): Promise<void> {
	const client = new pg.Client({ connectionString: server });
	await client.connect();
	try {
		for (const statement of statements) await client.query(statement);
	} finally {
		await client.end();
	}
}
