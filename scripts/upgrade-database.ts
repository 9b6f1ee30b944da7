// `npm run db:upgrade`: brings the embedded database to the Postgres that this version of Frontdesk has.
import { readArguments } from './read-arguments';

readArguments(
	`npm run db:upgrade
Needed once after an update that brings another major version of Postgres; npm start says so. Fetches the old version from
npm, copies everything into a new database, and keeps the old one. Stop Frontdesk first.`,
	{},
);

const { spawnSync } = await import('node:child_process');
const { existsSync } = await import('node:fs');
const { mkdir, readFile, rename, rm, writeFile } = await import('node:fs/promises');
const path = await import('node:path');
const { readConfig } = await import('#lib/server/core/config.ts');
const { backUpDatabase, restoreDatabase } = await import('#lib/server/core/db/backup.ts');
const { findEmbeddedPostgres, openFolder, PLATFORM_PACKAGE, startEmbeddedPostgres } =
	await import('#lib/server/core/db/embedded/index.ts');
const { StartupError } = await import('#lib/server/core/startup-error.ts');
const { runScript } = await import('./run-script');

const log = (line: string) => console.error(line);

await runScript(async () => {
	const { dataDir, databaseUrl } = readConfig({ LOG_LEVEL: 'warn', ...process.env });
	if (databaseUrl) {
		throw new StartupError('DATABASE_URL is set: upgrade that Postgres by its own means.');
	}
	if (await findEmbeddedPostgres(dataDir)) {
		throw new StartupError('Frontdesk is running. Stop it first.');
	}
	const { base, cluster } = await openFolder(dataDir);
	const work = path.join(base, 'upgrade');
	const fresh = path.join(work, 'new');
	const finished = path.join(work, 'finished');
	// Everything but the two renames at the end may be interrupted and done again.
	if (!existsSync(finished)) {
		await rm(work, { recursive: true, force: true });
		await mkdir(work, { mode: 0o711 });
		const old = await readVersion(cluster);
		console.log(`Reading the database with Postgres ${old} …`);
		const native = await fetchPostgres(path.join(work, 'old'), old);
		const copy = path.join(work, 'copy');
		const before = await startEmbeddedPostgres({ dataDir, log, native });
		await backUpDatabase(before.connectionString, copy).finally(() => before.stop());
		const after = await startEmbeddedPostgres({ dataDir: fresh, log });
		const { tables } = await restoreDatabase(after.connectionString, copy, 'drizzle').finally(() =>
			after.stop(),
		);
		const rows = tables.reduce((sum, table) => sum + table.rows, 0);
		console.log(`Copied ${rows} rows of ${tables.length} tables.`);
		await writeFile(finished, old);
	}
	const kept = path.join(base, `data-${(await readFile(finished, 'utf8')).trim()}`);
	if (existsSync(cluster) && !existsSync(kept)) await rename(cluster, kept);
	if (!existsSync(cluster)) await rename((await openFolder(fresh)).cluster, cluster);
	await rm(work, { recursive: true });
	console.log(`Done. The old database is in ${kept}; remove it when you no longer need it.`);
});

async function readVersion(cluster: string): Promise<string> {
	try {
		return (await readFile(path.join(cluster, 'PG_VERSION'), 'utf8')).trim();
	} catch {
		throw new StartupError(`There is no database in ${cluster}.`);
	}
}

/** Installs the newest release of that major version into the folder; returns the folder of its programs. */
async function fetchPostgres(folder: string, major: string): Promise<string> {
	await mkdir(folder, { recursive: true });
	await writeFile(path.join(folder, 'package.json'), '{ "private": true }');
	const npm = (...args: string[]): string => {
		const ended = spawnSync('npm', args, { cwd: folder, encoding: 'utf8' });
		if (ended.status === 0) return ended.stdout;
		throw new StartupError(
			`Postgres ${major} could not be fetched from npm; nothing was changed.\n${ended.stderr}`,
		);
	};
	const versions = JSON.parse(npm('view', PLATFORM_PACKAGE, 'versions', '--json')) as string[];
	const newest = versions.filter((version) => version.startsWith(`${major}.`)).at(-1);
	if (!newest) throw new StartupError(`npm has no Postgres ${major} for this machine.`);
	npm('install', '--no-audit', '--no-fund', `${PLATFORM_PACKAGE}@${newest}`);
	return path.join(folder, 'node_modules', PLATFORM_PACKAGE, 'native');
}
