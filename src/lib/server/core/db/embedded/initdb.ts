import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, open, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { runOptions, type Binaries } from './binaries.ts';
import { explainOutput, onError } from './faults.ts';
import { handOver, type Folder } from './folder.ts';
import { SUPERUSER } from './settings.ts';

/** Stored in the data folder, so that a copy of it is complete. */
export const PASSWORD_FILE = 'frontdesk.password';
/** Full-text search needs C.UTF-8 to distinguish letters from typographic punctuation; macOS uses another name. */
const CTYPES = ['C.UTF-8', 'en_US.UTF-8', 'C'];

/** Creates the data folder under a temporary name and renames it, so that a crash leaves nothing that looks like a database. */
export async function createCluster(folder: Folder, binaries: Binaries): Promise<void> {
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
