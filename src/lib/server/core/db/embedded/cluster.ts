import {
	chmod,
	readdir,
	readFile,
	stat,
	mkdtemp,
	open,
	rename,
	rm,
	writeFile,
} from 'node:fs/promises';
import { join, dirname } from 'node:path';
import { StartupError } from '#lib/server/core/errors.ts';
import { type Binaries, runOptions } from './binaries.ts';
import { onError, explainOutput } from './faults.ts';
import { exists, type Folder, handOver } from './folder.ts';
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { text } from 'node:stream/consumers';
import { SUPERUSER } from './settings.ts';

/** Stored in the data folder, so that a copy of it is complete. */
export const PASSWORD_FILE = 'frontdesk.password';
/** Full-text search needs C.UTF-8 to distinguish letters from typographic punctuation; macOS uses another name. */
const CTYPES = ['C.UTF-8', 'en_US.UTF-8', 'C'];

/** Creates the data folder under a temporary name and renames it, so that a crash leaves nothing that looks like a database. */
async function createCluster(folder: Folder, binaries: Binaries): Promise<void> {
	const { base, cluster, account } = folder;
	await removeUnfinished(base);
	const fresh = await mkdtemp(join(base, 'fresh-'));
	try {
		const password = join(fresh, PASSWORD_FILE);
		await writeFile(password, `${randomBytes(24).toString('hex')}\n`, { mode: 0o600, flush: true });
		await handOver(password, account);
		await handOver(fresh, account);
		await initdb(folder, binaries, join(fresh, 'data'), password);
		await rename(password, join(fresh, 'data', PASSWORD_FILE));
		await syncFolder(join(fresh, 'data'));
		await rename(join(fresh, 'data'), cluster);
		await syncFolder(dirname(cluster));
	} finally {
		await removeUnfinished(base);
	}
}

/** Removes what interrupted starts left. A folder that a killed process's initdb still writes to is left to a later start. */
async function removeUnfinished(base: string): Promise<void> {
	const options = { recursive: true, force: true, maxRetries: 5, retryDelay: 50 };
	for (const name of await readdir(base)) {
		if (!name.startsWith('fresh-')) continue;
		await rm(join(base, name), options).catch(onError('ENOTEMPTY', undefined));
	}
}

async function initdb(folder: Folder, binaries: Binaries, data: string, passwordFile: string) {
	let output = '';
	for (const ctype of CTYPES) {
		const args = ['-D', data, '-U', SUPERUSER, `--pwfile=${passwordFile}`, '-A', 'scram-sha-256'];
		args.push('-E', 'UTF8', '--locale-provider=builtin', '--builtin-locale=C.UTF-8');
		args.push('--locale=C', `--lc-ctype=${ctype}`, '--no-instructions');
		const child = spawn(binaries.initdb, args, {
			...runOptions(folder.account),
			stdio: ['ignore', 'ignore', 'pipe'],
		});
		const closed = new Promise<number | null>((resolve, reject) => {
			child.once('close', resolve).once('error', reject);
		});
		output = await text(child.stderr);
		if ((await closed) === 0) return;
		if (!output.includes('invalid locale name')) break;
	}
	throw await explainOutput('The database could not be created.', output, folder.base);
}

/** Flushes a folder to disk, which makes a rename in it durable. */
async function syncFolder(path: string): Promise<void> {
	const handle = await open(path, 'r');
	try {
		await handle.sync();
	} finally {
		await handle.close();
	}
}

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
