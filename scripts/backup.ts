// `npm run backup`: backs up the database and the secret key into a new folder. The server may be running.
import { readArguments, refuse } from './read-arguments.ts';

const USAGE = `npm run backup -- FOLDER
  FOLDER   a new or empty folder for the tables, a manifest and the secret key; keep it as safe as the database
Set DATABASE_URL or DATA_DIR, and SECRET_KEY if used, to the server's values. The server may be running.`;

const { positionals } = readArguments(USAGE, {}, true);
const [folder, ...rest] = positionals;
if (!folder || rest.length > 0) refuse('Specify one folder to write to.', USAGE);

const { chmod, mkdir, readdir } = await import('node:fs/promises');
const { readConfig } = await import('#lib/server/core/config.ts');
const { backUpDatabase } = await import('#lib/server/core/db/backup.ts');
const { formatRowCount, openDatabase } = await import('./open-database.ts');
const { runScript } = await import('./run-script.ts');
const { backUpSecretKey } = await import('./secret-key.ts');

await runScript(async () => {
	const config = readConfig({ LOG_LEVEL: 'warn', ...process.env });
	const existing = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
		if (error.code === 'ENOENT') return [];
		throw error;
	});
	if (existing.length > 0) refuse(`${folder} is not empty. Choose a new or empty folder.`, USAGE);
	const database = await openDatabase(config);
	try {
		await mkdir(folder, { recursive: true });
		await chmod(folder, 0o700);
		await backUpSecretKey(config, folder);
		const { tables, otherTables } = await backUpDatabase(database.url, folder, 'drizzle');
		if (otherTables.length > 0) {
			console.log(`Skipped tables that aren't Frontdesk's: ${otherTables.join(', ')}.`);
		}
		console.log(`Wrote ${formatRowCount(tables)} and the secret key to ${folder}.`);
	} finally {
		await database.close();
	}
});
