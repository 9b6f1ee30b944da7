// `npm run db:move`: moves everything from the embedded database to another Postgres.
import { readArguments, refuse } from './read-arguments';

const USAGE = `npm run db:move -- --to postgres://user:password@host/database
  --to   an empty database on Postgres 14 or newer
Stop Frontdesk first. The embedded database stays as it is.`;

const { values } = readArguments(USAGE, { to: { type: 'string' } });
const to = values.to;
if (!to || !/^postgres(ql)?:\/\//.test(to)) refuse('--to must be a Postgres URL', USAGE);

const { mkdtemp, rm } = await import('node:fs/promises');
const path = await import('node:path');
const { readConfig } = await import('#lib/server/core/config.ts');
const { backUpDatabase, restoreDatabase } = await import('#lib/server/core/db/backup.ts');
const { StartupError } = await import('#lib/server/core/startup-error.ts');
const { openDatabase } = await import('./open-database');
const { runScript } = await import('./run-script');

await runScript(async () => {
	const { DATABASE_URL: _, ...environment } = process.env;
	const config = readConfig({ LOG_LEVEL: 'warn', ...environment });
	const database = await openDatabase(config);
	const folder = await mkdtemp(path.join(config.dataDir, 'move-'));
	try {
		// What is written after the copy would stay behind.
		if (database.isRunning) throw new StartupError('Frontdesk is running. Stop it first.');
		await backUpDatabase(database.url, folder);
		const { tables } = await restoreDatabase(to, folder, 'drizzle');
		const rows = tables.reduce((sum, table) => sum + table.rows, 0);
		console.log(`Moved ${rows} rows of ${tables.length} tables. From now on start Frontdesk with
  DATABASE_URL=${to}
  SECRET_KEY=${config.secretKey ?? `$(cat ${path.join(config.dataDir, 'secret-key')})`}`);
	} finally {
		await rm(folder, { recursive: true, force: true });
		await database.close();
	}
});
