// `npm run restore`: loads a backup into an empty database.
import { readArguments, refuse } from './read-arguments.ts';

const USAGE = `npm run restore -- FOLDER
  FOLDER   made by npm run backup, by this version of Frontdesk or an older one
DATABASE_URL or DATA_DIR name the database to load into, which must be empty; with DATABASE_URL, SECRET_KEY must be the
one of the backup (its file secret-key). Stop Frontdesk first.`;

const { positionals } = readArguments(USAGE, {}, true);
const [folder, ...rest] = positionals;
if (!folder || rest.length > 0) refuse('name one folder to read from', USAGE);

const { readConfig } = await import('#lib/server/core/config.ts');
const { readManifest, restoreDatabase } = await import('#lib/server/core/db/backup.ts');
const { StartupError } = await import('#lib/server/core/startup-error.ts');
const { countRows, openDatabase } = await import('./open-database.ts');
const { runScript } = await import('./run-script.ts');
const { restoreSecretKey } = await import('./secret-key.ts');

await runScript(async () => {
	const config = readConfig({ LOG_LEVEL: 'warn', ...process.env });
	// Before a database is created for it.
	await readManifest(folder);
	const previousKeys = await restoreSecretKey(folder, config);
	const database = await openDatabase(config, { mayCreate: true });
	try {
		if (database.isRunning) throw new StartupError('Frontdesk is running. Stop it first.');
		const { tables } = await restoreDatabase(database.url, folder, 'drizzle');
		console.log(`Loaded ${countRows(tables)} from ${folder}.`);
		if (previousKeys) {
			console.log(`Some values are sealed with earlier keys. Start Frontdesk with
  SECRET_KEY_PREVIOUS=${previousKeys}`);
		}
	} finally {
		await database.close();
	}
});
