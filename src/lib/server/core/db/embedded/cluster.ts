import { chmod, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { StartupError } from '#lib/server/core/startup-error.ts';
import type { Binaries } from './binaries.ts';
import { onError } from './faults.ts';
import { exists, type Folder } from './folder.ts';
import { createCluster, PASSWORD_FILE } from './initdb.ts';

/** Creates the data folder of Postgres, or checks the existing one. Returns the superuser's password. */
export async function ensureCluster(
	folder: Folder,
	binaries: Binaries,
	log: (line: string) => void,
): Promise<string> {
	await requireOwner(folder);
	const names = await readdir(folder.cluster).catch(onError('ENOENT', []));
	if (names.length === 0) {
		await requireNoUpgrade(folder);
		log(`Creating the database in ${folder.cluster}.`);
		await createCluster(folder, binaries);
	} else {
		requireOurs(folder, names);
		await requireVersion(folder, binaries.version.split('.', 1)[0] ?? '');
	}
	// Postgres refuses a data folder that others can read, which a copy or a restore may leave.
	await chmod(folder.cluster, 0o700);
	return (await readFile(join(folder.cluster, PASSWORD_FILE), 'utf8')).trim();
}

/** Throws `StartupError` during an interrupted upgrade, whose data a new empty database would hide. */
async function requireNoUpgrade({ base }: Folder): Promise<void> {
	if (!(await exists(join(base, 'upgrade', 'finished')))) return;
	throw new StartupError(
		'An upgrade of the database was interrupted. Run "npm run db:upgrade" again, which finishes it.',
	);
}

async function requireOwner({ cluster, account }: Folder): Promise<void> {
	const found = await stat(cluster).catch(onError('ENOENT', undefined));
	const wanted = account?.uid ?? process.getuid?.();
	if (!found || found.uid === wanted) return;
	const isEmpty = account && (await readdir(cluster)).length === 0;
	if (isEmpty) return;
	const remedy = account
		? `Run "chown -R ${account.uid}:${account.gid} ${cluster}"`
		: 'Start Frontdesk as that user or as root, give the folder to the user Frontdesk runs as';
	throw new StartupError(
		`The database folder ${cluster} belongs to user ${found.uid}, and Postgres works only for its owner. ${remedy}, or set DATA_DIR to another folder. The data is untouched.`,
	);
}

function requireOurs({ cluster }: Folder, names: string[]): void {
	if (names.includes('PG_VERSION') && names.includes(PASSWORD_FILE)) return;
	const found = names.includes('PG_VERSION')
		? 'contains a Postgres database that Frontdesk did not create'
		: 'is not empty and contains no Postgres database';
	throw new StartupError(
		`The folder ${cluster} ${found}. It was left unchanged. Move it away, set DATA_DIR to another folder, or set DATABASE_URL.`,
	);
}

/** Throws `StartupError` when another major version of Postgres created the data folder. */
export async function requireVersion({ cluster }: Folder, wanted: string): Promise<void> {
	const file = join(cluster, 'PG_VERSION');
	const found = (await readFile(file, 'utf8').catch(onError('ENOENT', wanted))).trim();
	if (found === wanted) return;
	throw new StartupError(
		`The database in ${cluster} was created by Postgres ${found}, but this version of Frontdesk includes Postgres ${wanted}. It was left unchanged. Run "npm run db:upgrade", which copies it and keeps the old one.`,
	);
}
