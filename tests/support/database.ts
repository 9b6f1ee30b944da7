import { randomBytes } from 'node:crypto';
import { inject } from 'vitest';
import { dropDatabase, runSql, withDatabase } from './database-server.ts';

/** Creates an empty, migrated database for one test file. */
export async function createTestDatabase(): Promise<{ url: string; drop(): Promise<void> }> {
	const template = inject('databaseServer');
	const server = withDatabase(template, 'postgres');
	const name = `frontdesk_${randomBytes(6).toString('hex')}`;
	const source = new URL(template).pathname.slice(1);
	await runSql(
		server,
		`create database ${name} template ${source} ${inject('createDatabaseOptions')}`,
	);
	return {
		url: withDatabase(template, name),
		drop: () => dropDatabase(server, name),
	};
}
