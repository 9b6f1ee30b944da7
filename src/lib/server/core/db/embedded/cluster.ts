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
import { type Binaries, createSpawnOptions } from './binaries.ts';
import { explainOutput, returnOnCode } from './faults.ts';
import { exists, type Folder, setOwner } from './folder.ts';
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { text } from 'node:stream/consumers';
import { SUPERUSER } from './settings.ts';

/** The file with the superuser's password. It is stored in the data folder, so that a copy of the folder is self-contained. */
export const PASSWORD_FILE = 'frontdesk.password';
/** Candidates for LC_CTYPE, preferred first. Full-text search needs UTF-8 to tell letters from typographic punctuation. macOS may lack C.UTF-8. */
const CTYPE_CANDIDATES = ['C.UTF-8', 'en_US.UTF-8', 'C'];

/** Creates the data folder under a temporary name and renames it, so that a crash leaves nothing that looks like a database. */
async function createCluster(folder: Folder, binaries: Binaries): Promise<void> {
	const { base, cluster, account } = folder;
	await removeUnfinished(base);
	const newFolder = await mkdtemp(join(base, 'fresh-'));
	try {
		const password = join(newFolder, PASSWORD_FILE);
		await writeFile(password, `${randomBytes(24).toString('hex')}\n`, { mode: 0o600, flush: true });
		await setOwner(password, account);
		await setOwner(newFolder, account);
		await runInitdb(folder, binaries, join(newFolder, 'data'), password);
		await rename(password, join(newFolder, 'data', PASSWORD_FILE));
		await syncFolder(join(newFolder, 'data'));
		await rename(join(newFolder, 'data'), cluster);
		await syncFolder(dirname(cluster));
	} finally {
		await removeUnfinished(base);
	}
}

/** Removes folders left by interrupted starts. If a killed process's initdb is still writing to one, a later start removes it. */
async function removeUnfinished(base: string): Promise<void> {
	const options = { recursive: true, force: true, maxRetries: 5, retryDelay: 50 };
	for (const name of await readdir(base)) {
		if (!name.startsWith('fresh-')) continue;
		await rm(join(base, name), options).catch(returnOnCode('ENOTEMPTY', undefined));
	}
}

async function runInitdb(folder: Folder, binaries: Binaries, data: string, passwordFile: string) {
	let output = '';
	for (const ctype of CTYPE_CANDIDATES) {
		const args = ['-D', data, '-U', SUPERUSER, `--pwfile=${passwordFile}`, '-A', 'scram-sha-256'];
		args.push('-E', 'UTF8', '--locale-provider=builtin', '--builtin-locale=C.UTF-8');
		args.push('--locale=C', `--lc-ctype=${ctype}`, '--no-instructions');
		const child = spawn(binaries.initdb, args, {
			...createSpawnOptions(folder.account),
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

/** Flushes a folder to disk, which makes renames in it durable. */
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
	const names = await readdir(folder.cluster).catch(returnOnCode('ENOENT', []));
	if (names.length === 0) {
		await requireNoUpgrade(folder);
		log(`Creating the database in ${folder.cluster}.`);
		await createCluster(folder, binaries);
	} else {
		requireOwnCluster(folder, names);
		await requireVersion(folder, binaries.version.split('.', 1)[0] ?? '');
	}
	// Postgres rejects a data folder that other users can read, which some copies and restores leave behind.
	await chmod(folder.cluster, 0o700);
	return (await readFile(join(folder.cluster, PASSWORD_FILE), 'utf8')).trim();
}

/** Throws `StartupError` if an upgrade was interrupted, because a new, empty database would hide the upgraded data. */
async function requireNoUpgrade({ base }: Folder): Promise<void> {
	if (!(await exists(join(base, 'upgrade', 'finished')))) return;
	throw new StartupError(
		'An upgrade of the database was interrupted. Run "npm run db:upgrade" again, which finishes it.',
	);
}

async function requireOwner({ cluster, account }: Folder): Promise<void> {
	const stats = await stat(cluster).catch(returnOnCode('ENOENT', undefined));
	const expectedUid = account?.uid ?? process.getuid?.();
	if (!stats || stats.uid === expectedUid) return;
	const isEmpty = account && (await readdir(cluster)).length === 0;
	if (isEmpty) return;
	const remedy = account
		? `Run "chown -R ${account.uid}:${account.gid} ${cluster}"`
		: 'Start Frontdesk as that user or as root, give the folder to the user Frontdesk runs as';
	throw new StartupError(
		`The database folder ${cluster} belongs to user ${stats.uid}, but Postgres requires that its own user owns it. ${remedy}, or set DATA_DIR to another folder. The data is untouched.`,
	);
}

function requireOwnCluster({ cluster }: Folder, names: string[]): void {
	if (names.includes('PG_VERSION') && names.includes(PASSWORD_FILE)) return;
	const content = names.includes('PG_VERSION')
		? 'contains a Postgres database that Frontdesk did not create'
		: 'is not empty and contains no Postgres database';
	throw new StartupError(
		`The folder ${cluster} ${content}. It was left unchanged. Move it away, set DATA_DIR to another folder, or set DATABASE_URL.`,
	);
}

/** Throws `StartupError` if a different major version of Postgres created the data folder. */
export async function requireVersion({ cluster }: Folder, expectedMajor: string): Promise<void> {
	const file = join(cluster, 'PG_VERSION');
	const foundMajor = (
		await readFile(file, 'utf8').catch(returnOnCode('ENOENT', expectedMajor))
	).trim();
	if (foundMajor === expectedMajor) return;
	throw new StartupError(
		`The database in ${cluster} was created by Postgres ${foundMajor}, but this version of Frontdesk includes Postgres ${expectedMajor}. It was left unchanged. Run "npm run db:upgrade", which copies it and keeps the old one.`,
	);
}
