// `npm run db:upgrade`: upgrades the embedded database to this version's Postgres.
import { readArguments } from './read-arguments.ts';

readArguments(
	`npm run db:upgrade
Stop Frontdesk first. Needed when npm start asks for it, after an update to a new major version of Postgres. Downloads the
old Postgres from npm, copies everything into a new database, and keeps the old one.`,
	{},
);

const { spawnSync } = await import('node:child_process');
const { existsSync } = await import('node:fs');
const { chmod, chown, mkdir, readdir, readFile, rename, rm, stat, writeFile } =
	await import('node:fs/promises');
const path = await import('node:path');
const { readConfig } = await import('#lib/server/core/config.ts');
const { backUpDatabase, restoreDatabase } = await import('#lib/server/core/db/backup.ts');
const { getBundledMajor, openFolder, PLATFORM_PACKAGE, startEmbeddedPostgres } =
	await import('#lib/server/core/db/embedded/index.ts');
const { StartupError } = await import('#lib/server/core/errors.ts');
const { formatRowCount, requireCluster } = await import('./open-database.ts');
const { runScript } = await import('./run-script.ts');

const log = (line: string) => console.error(line);

await runScript(async () => {
	const { dataDir, databaseUrl } = readConfig({ LOG_LEVEL: 'warn', ...process.env });
	if (databaseUrl) {
		throw new StartupError('DATABASE_URL is set: upgrade that Postgres with its own tools.');
	}
	if (!existsSync(dataDir)) await requireCluster(dataDir);
	const { base, cluster } = await openFolder(dataDir);
	const work = path.join(base, 'upgrade');
	const newDataDir = path.join(work, 'new');
	/** Exists once the copy is complete, and contains the folder to move the old database to. */
	const finishedFile = path.join(work, 'finished');
	// Every step can be interrupted and repeated: until `finishedFile` exists, the old database is only read. Afterwards, only
	// two renames remain.
	if (!existsSync(finishedFile)) {
		await requireCluster(dataDir);
		const old = await readVersion(cluster);
		if (old === (await getBundledMajor())) {
			console.log(`Nothing to do: the database in ${cluster} is already on Postgres ${old}.`);
			return;
		}
		await createTraversableFolder(work);
		const installation = await downloadPostgres(path.join(work, `postgres-${old}`), old);
		console.log(`Reading the database with Postgres ${old} …`);
		// Throws while Frontdesk uses the database. Takes over a server that an interrupted run left behind.
		const oldDatabase = await startEmbeddedPostgres({ dataDir, log, installation });
		const newDatabase = await startNewDatabase(newDataDir, cluster).catch(
			async (error: unknown) => {
				await oldDatabase.stop();
				throw error;
			},
		);
		try {
			const copy = path.join(work, 'copy');
			await rm(copy, { recursive: true, force: true });
			await mkdir(copy, { mode: 0o700 });
			await backUpDatabase(oldDatabase.connectionString, copy, 'drizzle');
			const { tables } = await restoreDatabase(newDatabase.connectionString, copy, 'drizzle');
			console.log(`Copied ${formatRowCount(tables)}.`);
		} finally {
			await oldDatabase.stop();
			await newDatabase.stop();
		}
		await writeFile(finishedFile, findUnusedPath(path.join(base, `data-${old}`)), { flush: true });
	}
	const oldFolder = (await readFile(finishedFile, 'utf8')).trim();
	if (!existsSync(oldFolder)) await rename(cluster, oldFolder);
	if (!existsSync(cluster)) await rename((await openFolder(newDataDir)).cluster, cluster);
	await rm(work, { recursive: true });
	// Removes the copy of the old programs that was made for another account.
	for (const name of await readdir(base)) {
		if (name.startsWith(`native-${path.basename(oldFolder).split('-')[1]}.`)) {
			await rm(path.join(base, name), { recursive: true });
		}
	}
	console.log(`Done. The old database is in ${oldFolder}. Delete it when you no longer need it.`);
});

/** Starts an empty database on this version's Postgres, with the old cluster's owner. Replaces the database of an interrupted run. */
async function startNewDatabase(dataDir: string, cluster: string) {
	if (existsSync(dataDir)) {
		// Stops the server that may still be running there.
		await (await startEmbeddedPostgres({ dataDir, log })).stop();
		await rm(dataDir, { recursive: true });
	}
	const base = path.join(dataDir, 'postgres');
	const data = path.join(base, 'data');
	for (const folder of [dataDir, base, data]) await createTraversableFolder(folder);
	const { uid, gid } = await stat(cluster);
	await chown(data, uid, gid);
	return startEmbeddedPostgres({ dataDir, log });
}

/** Creates a folder that Postgres can enter as another account, whatever the umask is. */
async function createTraversableFolder(folder: string): Promise<void> {
	await mkdir(folder, { recursive: true });
	await chmod(folder, 0o711);
}

function findUnusedPath(basePath: string): string {
	for (let n = 1; ; n += 1) {
		const name = n === 1 ? basePath : `${basePath}-${n}`;
		if (!existsSync(name)) return name;
	}
}

async function readVersion(cluster: string): Promise<string> {
	return (await readFile(path.join(cluster, 'PG_VERSION'), 'utf8')).trim();
}

/** Installs the newest release of a major version of Postgres from npm. Returns the folder of its programs. */
async function downloadPostgres(folder: string, major: string): Promise<string> {
	const installation = path.join(folder, 'node_modules', PLATFORM_PACKAGE, 'native');
	const completeMarker = path.join(folder, 'complete');
	if (existsSync(completeMarker)) return installation;
	console.log(`Downloading Postgres ${major} from npm …`);
	await mkdir(folder, { recursive: true });
	await writeFile(path.join(folder, 'package.json'), '{ "private": true }');
	const runNpm = (...args: string[]): string => {
		// A service account may have no home folder for npm's cache.
		const options = ['--cache', path.join(folder, 'cache'), '--loglevel=error'];
		const result = spawnSync('npm', [...args, ...options], { cwd: folder, encoding: 'utf8' });
		if (result.status === 0) return result.stdout;
		throw new StartupError(
			`Could not download Postgres ${major} from npm. Nothing was changed. Check the network and run this again.\n${result.stderr}`,
		);
	};
	const versions = JSON.parse(runNpm('view', PLATFORM_PACKAGE, 'versions', '--json')) as string[];
	const newest = versions.filter((version) => version.startsWith(`${major}.`)).at(-1);
	if (!newest) throw new StartupError(`npm has no Postgres ${major} for this machine.`);
	runNpm('install', '--no-audit', '--no-fund', `${PLATFORM_PACKAGE}@${newest}`);
	await writeFile(completeMarker, '');
	return installation;
}
