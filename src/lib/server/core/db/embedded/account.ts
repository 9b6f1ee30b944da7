import { readFile, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { StartupError } from '#lib/server/core/startup-error.ts';
import { onError } from './faults.ts';

export interface Account {
	name: string;
	uid: number;
	gid: number;
}

/**
 * Returns the account to run Postgres as when this process is root, since Postgres refuses to run as root: the owner of the
 * data folder, else `postgres`, else `nobody`. Undefined when this process is not root. Throws `StartupError`.
 */
export async function chooseAccount(cluster: string): Promise<Account | undefined> {
	if (process.getuid?.() !== 0) return undefined;
	const accounts = parsePasswd(await readFile('/etc/passwd', 'utf8'));
	const folder = await stat(cluster).catch(onError('ENOENT', undefined));
	if (folder && folder.uid !== 0) {
		const { uid, gid } = folder;
		return accounts.find((account) => account.uid === uid) ?? { name: `user ${uid}`, uid, gid };
	}
	for (const name of ['postgres', 'nobody']) {
		const account = accounts.find((one) => one.name === name && one.uid > 0);
		if (account) return account;
	}
	throw new StartupError(
		'Postgres does not run as root, and this machine has neither an account "postgres" nor "nobody" to run it as. Start Frontdesk as an ordinary user, or set DATABASE_URL.',
	);
}

/** Returns the topmost folder on the path that the account may not enter; undefined when it may enter all of them. */
export async function findClosedFolder(
	path: string,
	account: Account,
): Promise<string | undefined> {
	const above = dirname(path) === path ? undefined : await findClosedFolder(dirname(path), account);
	if (above) return above;
	const folder = await stat(path).catch(onError('ENOENT', undefined));
	return !folder || mayEnter(folder, account) ? undefined : path;
}

/** Throws `StartupError` when the account may not enter `path`. */
export async function requireReachable(path: string, account: Account): Promise<void> {
	const closed = await findClosedFolder(path, account);
	if (closed === undefined) return;
	throw new StartupError(
		`Postgres refuses to run as root, so Frontdesk runs it as "${account.name}", who may not enter ${closed}. Set DATA_DIR to a folder outside of it (for example /var/lib/frontdesk), allow it with "chmod o+x ${closed}", or set DATABASE_URL.`,
	);
}

function mayEnter(folder: { mode: number; uid: number; gid: number }, account: Account): boolean {
	if (folder.uid === account.uid) return (folder.mode & 0o100) !== 0;
	if (folder.gid === account.gid) return (folder.mode & 0o010) !== 0;
	return (folder.mode & 0o001) !== 0;
}

function parsePasswd(text: string): Account[] {
	return text.split('\n').map((line) => {
		const [name = '', , uid, gid] = line.split(':');
		return { name, uid: Number(uid), gid: Number(gid) };
	});
}
