// `npm run backup`: writes the whole database and the secret key into a new folder while the server goes on.
import { readArguments, refuse } from './read-arguments';

const USAGE = `npm run backup -- FOLDER
  FOLDER   new or empty; gets the tables, a manifest and the secret key. Keep it as safe as the database.
DATABASE_URL or DATA_DIR name the database, as for npm start.`;

const { positionals } = readArguments(USAGE, {}, true);
const [folder, ...rest] = positionals;
if (!folder || rest.length > 0) refuse('name one folder to write to', USAGE);

const { mkdir, readdir, writeFile } = await import('node:fs/promises');
const path = await import('node:path');
const { readConfig } = await import('#lib/server/core/config.ts');
const { backUpDatabase } = await import('#lib/server/core/db/backup.ts');
const { instanceKey } = await import('#lib/server/core/instance-key.ts');
const { openDatabase } = await import('./open-database');
const { runScript } = await import('./run-script');

await runScript(async () => {
	await mkdir(folder, { recursive: true, mode: 0o700 });
	if ((await readdir(folder)).length > 0) refuse(`${folder} is not empty`, USAGE);
	const config = readConfig({ LOG_LEVEL: 'warn', ...process.env });
	const database = await openDatabase(config);
	try {
		const { tables } = await backUpDatabase(database.url, folder);
		const key = await instanceKey(config);
		await writeFile(path.join(folder, 'secret-key'), key, { mode: 0o600 });
		const rows = tables.reduce((sum, table) => sum + table.rows, 0);
		console.log(`Wrote ${rows} rows of ${tables.length} tables, and the secret key, to ${folder}.`);
	} finally {
		await database.close();
	}
});
