import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, open, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { runOptions, type Binaries } from './binaries.ts';
import { explainOutput, onError } from './faults.ts';
import { handOver, type Folder } from './folder.ts';
import { SUPERUSER } from './settings.ts';

/** Lies in the data folder itself, so that a copy of it has all that it needs. */
export const PASSWORD_FILE = 'frontdesk.password';
/** Only C.UTF-8 tells letters from typographic quotes and dashes in full-text search; macOS names it otherwise. */
const CTYPES = ['C.UTF-8', 'en_US.UTF-8', 'C'];

/** Made aside and moved into place whole: a crash on the way leaves nothing that looks like a database. */
export async function makeCluster(folder: Folder, binaries: Binaries): Promise<void> {
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

/** The initdb of a killed process may go on for a moment and be in the way; then a later start does it. */
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
	throw await explainOutput('The database could not be made.', output, folder.base);
}

/** A rename lasts only once its folder has reached the disk. */
async function syncFolder(path: string): Promise<void> {
	const handle = await open(path, 'r');
	try {
		await handle.sync();
	} finally {
		await handle.close();
	}
}
