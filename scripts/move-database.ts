// `npm run db:move`: copies everything from the embedded database to another Postgres.
import { readArguments, refuse } from './read-arguments.ts';

const USAGE = `npm run db:move -- --to postgres://user:password@host/database
  --to   an empty database on Postgres 14 or newer
Stop Frontdesk first. The embedded database is not changed.`;

const { values } = readArguments(USAGE, { to: { type: 'string' } });
const to = values.to;
if (!to || !/^postgres(ql)?:\/\//.test(to)) refuse('--to must be a Postgres URL.', USAGE);

const { mkdir, rm } = await import('node:fs/promises');
const path = await import('node:path');
const { readConfig } = await import('#lib/server/core/config.ts');
const { backUpDatabase, restoreDatabase } = await import('#lib/server/core/db/backup.ts');
const { StartupError } = await import('#lib/server/core/errors.ts');
const { formatRowCount, openDatabase } = await import('./open-database.ts');
const { runScript } = await import('./run-script.ts');

await runScript(async () => {
	const { DATABASE_URL: _, ...environment } = process.env;
	const config = readConfig({ LOG_LEVEL: 'warn', ...environment });
	const database = await openDatabase(config);
	const folder = path.join(config.dataDir, 'move');
	try {
		// A running server would write rows that the copy misses.
		if (database.isRunning) throw new StartupError('Frontdesk is running. Stop it first.');
		await rm(folder, { recursive: true, force: true });
		await mkdir(folder, { mode: 0o700 });
		await backUpDatabase(database.url, folder, 'drizzle');
		const { tables } = await restoreDatabase(to, folder, 'drizzle');
		const key = config.secretKey
			? 'and its current SECRET_KEY'
			: `\n  SECRET_KEY=$(cat ${path.resolve(config.dataDir, 'secret-key')})`;
		console.log(`Copied ${formatRowCount(tables)}. From now on start Frontdesk with
  DATABASE_URL=${to} ${key}`);
	} finally {
		await rm(folder, { recursive: true, force: true });
		await database.close();
	}
});
