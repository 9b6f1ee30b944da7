// `npm run restore`: loads a backup into an empty database.
import { readArguments, refuse } from './read-arguments.ts';

const USAGE = `npm run restore -- FOLDER
  FOLDER   a backup made with "npm run backup" by this version of Frontdesk or an older one
Stop Frontdesk first. DATABASE_URL or DATA_DIR selects the database, which must be empty. With DATABASE_URL, set SECRET_KEY
to the contents of the backup's secret-key file.`;

const { positionals } = readArguments(USAGE, {}, true);
const [folder, ...rest] = positionals;
if (!folder || rest.length > 0) refuse('Name the folder of the backup.', USAGE);

const { readConfig } = await import('#lib/server/core/config.ts');
const { readManifest, restoreDatabase } = await import('#lib/server/core/db/backup.ts');
const { StartupError } = await import('#lib/server/core/errors.ts');
const { formatRowCount, openDatabase } = await import('./open-database.ts');
const { runScript } = await import('./run-script.ts');
const { restoreSecretKey } = await import('./secret-key.ts');

await runScript(async () => {
	const config = readConfig({ LOG_LEVEL: 'warn', ...process.env });
	// Checked before a database is created.
	await readManifest(folder);
	const previousKeys = await restoreSecretKey(folder, config);
	const database = await openDatabase(config, { mayCreate: true });
	try {
		if (database.isRunning) throw new StartupError('Frontdesk is running. Stop it first.');
		const { tables } = await restoreDatabase(database.url, folder, 'drizzle');
		console.log(`Restored ${formatRowCount(tables)} from ${folder}.`);
		if (previousKeys) {
			console.log(`Some values are sealed with previous keys. Start Frontdesk with
  SECRET_KEY_PREVIOUS=${previousKeys}`);
		}
	} finally {
		await database.close();
	}
});
