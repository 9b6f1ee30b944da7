// `npm run db:upgrade`: brings the embedded database to the Postgres that this version of Frontdesk has.
import { readArguments } from './read-arguments.ts';

readArguments(
	`npm run db:upgrade
Needed once after an update that brings another major version of Postgres; npm start says so. Fetches the old version from
npm, copies everything into a new database, and keeps the old one. Stop Frontdesk first.`,
	{},
);

const { spawnSync } = await import('node:child_process');
const { existsSync } = await import('node:fs');
const { chmod, chown, mkdir, readdir, readFile, rename, rm, stat, writeFile } =
	await import('node:fs/promises');
const path = await import('node:path');
const { readConfig } = await import('#lib/server/core/config.ts');
const { backUpDatabase, restoreDatabase } = await import('#lib/server/core/db/backup.ts');
const { findBundledMajor, openFolder, PLATFORM_PACKAGE, startEmbeddedPostgres } =
	await import('#lib/server/core/db/embedded/index.ts');
const { StartupError } = await import('#lib/server/core/startup-error.ts');
const { countRows, requireCluster } = await import('./open-database.ts');
const { runScript } = await import('./run-script.ts');

const log = (line: string) => console.error(line);

await runScript(async () => {
	const { dataDir, databaseUrl } = readConfig({ LOG_LEVEL: 'warn', ...process.env });
	if (databaseUrl) {
		throw new StartupError('DATABASE_URL is set: upgrade that Postgres by its own means.');
	}
	if (!existsSync(dataDir)) await requireCluster(dataDir);
	const { base, cluster } = await openFolder(dataDir);
	const work = path.join(base, 'upgrade');
	const fresh = path.join(work, 'new');
	/** Exists once the copy is complete, and names the folder that the old database is kept in. */
	const finished = path.join(work, 'finished');
	// Everything may be interrupted and done again: until `finished` exists the old database is only read, and afterwards
	// two renames are left.
	if (!existsSync(finished)) {
		await requireCluster(dataDir);
		const old = await readVersion(cluster);
		if (old === (await findBundledMajor())) {
			console.log(`Nothing to do: the database in ${cluster} is of Postgres ${old} already.`);
			return;
		}
		await makeOpenFolder(work);
		const native = await fetchPostgres(path.join(work, `postgres-${old}`), old);
		console.log(`Reading the database with Postgres ${old} …`);
		// Throws while a Frontdesk uses the database; takes over a server that an interrupted run left.
		const before = await startEmbeddedPostgres({ dataDir, log, native });
		const after = await startFresh(fresh, cluster).catch(async (error: unknown) => {
			await before.stop();
			throw error;
		});
		try {
			const copy = path.join(work, 'copy');
			await rm(copy, { recursive: true, force: true });
			await mkdir(copy, { mode: 0o700 });
			await backUpDatabase(before.connectionString, copy, 'drizzle');
			const { tables } = await restoreDatabase(after.connectionString, copy, 'drizzle');
			console.log(`Copied ${countRows(tables)}.`);
		} finally {
			await before.stop();
			await after.stop();
		}
		await writeFile(finished, freeName(path.join(base, `data-${old}`)), { flush: true });
	}
	const kept = (await readFile(finished, 'utf8')).trim();
	if (!existsSync(kept)) await rename(cluster, kept);
	if (!existsSync(cluster)) await rename((await openFolder(fresh)).cluster, cluster);
	await rm(work, { recursive: true });
	// The copy of the old programs that another account needed.
	for (const name of await readdir(base)) {
		if (name.startsWith(`native-${path.basename(kept).split('-')[1]}.`)) {
			await rm(path.join(base, name), { recursive: true });
		}
	}
	console.log(`Done. The old database is in ${kept}. Delete it once you no longer need it.`);
});

/** Starts an empty database of this version, in place of what an interrupted run left, for the owner of the old one. */
async function startFresh(dataDir: string, cluster: string) {
	if (existsSync(dataDir)) {
		// Takes over the server that may still run there, and ends it.
		await (await startEmbeddedPostgres({ dataDir, log })).stop();
		await rm(dataDir, { recursive: true });
	}
	const base = path.join(dataDir, 'postgres');
	const data = path.join(base, 'data');
	for (const folder of [dataDir, base, data]) await makeOpenFolder(folder);
	const { uid, gid } = await stat(cluster);
	await chown(data, uid, gid);
	return startEmbeddedPostgres({ dataDir, log });
}

/** Where root works, Postgres runs as another account, whatever the umask is. */
async function makeOpenFolder(folder: string): Promise<void> {
	await mkdir(folder, { recursive: true });
	await chmod(folder, 0o711);
}

function freeName(wanted: string): string {
	for (let n = 1; ; n += 1) {
		const name = n === 1 ? wanted : `${wanted}-${n}`;
		if (!existsSync(name)) return name;
	}
}

async function readVersion(cluster: string): Promise<string> {
	return (await readFile(path.join(cluster, 'PG_VERSION'), 'utf8')).trim();
}

/** Installs the newest release of that major version into the folder; returns the folder of its programs. */
async function fetchPostgres(folder: string, major: string): Promise<string> {
	const native = path.join(folder, 'node_modules', PLATFORM_PACKAGE, 'native');
	const complete = path.join(folder, 'complete');
	if (existsSync(complete)) return native;
	console.log(`Fetching Postgres ${major} from npm …`);
	await mkdir(folder, { recursive: true });
	await writeFile(path.join(folder, 'package.json'), '{ "private": true }');
	const npm = (...args: string[]): string => {
		// A service account may have no home for npm's cache.
		const options = ['--cache', path.join(folder, 'cache'), '--loglevel=error'];
		const ended = spawnSync('npm', [...args, ...options], { cwd: folder, encoding: 'utf8' });
		if (ended.status === 0) return ended.stdout;
		throw new StartupError(
			`Postgres ${major} could not be fetched from npm, and nothing was changed. Run this again where npm works.\n${ended.stderr}`,
		);
	};
	const versions = JSON.parse(npm('view', PLATFORM_PACKAGE, 'versions', '--json')) as string[];
	const newest = versions.filter((version) => version.startsWith(`${major}.`)).at(-1);
	if (!newest) throw new StartupError(`npm has no Postgres ${major} for this machine.`);
	npm('install', '--no-audit', '--no-fund', `${PLATFORM_PACKAGE}@${newest}`);
	await writeFile(complete, '');
	return native;
}
