import { createHash } from 'node:crypto';
import {
	chmod,
	chown,
	mkdir,
	readdir,
	readlink,
	realpath,
	stat,
	symlink,
	readFile,
} from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { StartupError } from '#lib/server/core/errors.ts';
import { onError } from './faults.ts';

/** The paths of the embedded database in `DATA_DIR/postgres`, and the account that Postgres runs as. */
export interface Folder {
	base: string;
	/** The data folder of Postgres itself. */
	cluster: string;
	logFile: string;
	lockFile: string;
	ownerFile: string;
	/** Undefined when Postgres runs as this process's own user. */
	account: Account | undefined;
}

/** The parent of databases whose `DATA_DIR` only root may enter, such as a checkout below /root. */
const SHARED_PLACE = '/var/lib/frontdesk';

/**
 * Creates the folder or opens the existing one. When the account may not enter `DATA_DIR`, a new database goes to
 * /var/lib/frontdesk, with a link to it in `DATA_DIR/postgres`. Throws `StartupError` when Postgres could not work there.
 */
export async function openFolder(
	dataDir: string,
	log: (line: string) => void = () => undefined,
): Promise<Folder> {
	const root = await realPath(resolve(dataDir));
	if (await exists(join(root, 'PG_VERSION'))) {
		throw new StartupError(
			`DATA_DIR ${root} is itself the data folder of a Postgres server. Set DATA_DIR to a folder of Frontdesk's own, or run that server and set DATABASE_URL.`,
		);
	}
	await requireLinkTarget(join(root, 'postgres'));
	let base = await realPath(join(root, 'postgres'));
	const account = await chooseAccount(join(base, 'data'));
	if (account) {
		const closed = await findClosedFolder(dirname(root), account);
		if (!closed) await openIfEmpty(root);
		const isNew = !(await exists(base));
		if (isNew && (closed || (await findClosedFolder(root, account)))) {
			base = await placeElsewhere(root, account, log);
		}
		await requireReachable(base, account);
	}
	const cluster = join(base, 'data');
	const made = await mkdir(base, { recursive: true });
	if (account && made) await openToAll(base, made);
	return {
		base,
		cluster,
		logFile: join(base, 'server.log'),
		lockFile: join(base, 'owner.lock'),
		ownerFile: join(base, 'owner.pid'),
		account,
	};
}

/** Makes the account that Postgres runs as the owner of a file or folder. */
export async function handOver(path: string, account: Account | undefined): Promise<void> {
	if (account) await chown(path, account.uid, account.gid);
}

/** Returns whether the path exists. Throws any error other than `ENOENT`. */
export async function exists(path: string): Promise<boolean> {
	return stat(path).then(() => true, onError('ENOENT', false));
}

/** Resolves symlinks in a path whose trailing segments may not exist yet. */
async function realPath(path: string): Promise<string> {
	const real = await realpath(path).catch(onError('ENOENT', undefined));
	return real ?? join(await realPath(dirname(path)), basename(path));
}

/** Throws `StartupError` when the link is broken: an empty database in its place would look like lost data. */
async function requireLinkTarget(link: string): Promise<void> {
	const target = await readlink(link).catch(onError('ENOENT', undefined, 'EINVAL'));
	if (target === undefined || (await exists(link))) return;
	throw new StartupError(
		`${link} leads to the database in ${target}, which does not exist. Put that folder back, or remove the link to start with an empty database.`,
	);
}

/** Creates a folder for the database outside `DATA_DIR`, and the link to it. Returns its path. */
async function placeElsewhere(
	root: string,
	account: Account,
	log: (line: string) => void,
): Promise<string> {
	const name = createHash('sha256').update(root).digest('hex').slice(0, 12);
	const place = await findFreePlace(join(SHARED_PLACE, name));
	const made = await mkdir(place, { recursive: true });
	if (made) await openToAll(place, made);
	await mkdir(root, { recursive: true });
	await symlink(place, join(root, 'postgres'));
	log(
		`The database lives in ${place}: Postgres runs as "${account.name}", who may not enter ${root}.`,
	);
	return place;
}

/** Skips folders with the database of an earlier checkout at the same path, whose secret key is gone. */
async function findFreePlace(wanted: string, tries = 1): Promise<string> {
	const place = tries === 1 ? wanted : `${wanted}-${tries}`;
	return (await exists(place)) ? findFreePlace(wanted, tries + 1) : place;
}

/** Lets the account enter an empty folder, such as one that mkdtemp created. The mode of any other folder is the operator's choice. */
async function openIfEmpty(path: string): Promise<void> {
	const names = await readdir(path).catch(onError('ENOENT', undefined));
	if (names?.length === 0) await chmod(path, 0o711);
}

/** Opens the new folders to the account, which root's strict umask would exclude. */
async function openToAll(deepest: string, topmost: string): Promise<void> {
	await chmod(deepest, 0o755);
	if (deepest !== topmost) await openToAll(dirname(deepest), topmost);
}

export interface Account {
	name: string;
	uid: number;
	gid: number;
}

/**
 * Returns the account to run Postgres as when this process is root, since Postgres refuses to run as root: the owner of the
 * data folder, else `postgres`, else `nobody`. Undefined when this process is not root. Throws `StartupError`.
 */
async function chooseAccount(cluster: string): Promise<Account | undefined> {
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
async function findClosedFolder(path: string, account: Account): Promise<string | undefined> {
	const above = dirname(path) === path ? undefined : await findClosedFolder(dirname(path), account);
	if (above) return above;
	const folder = await stat(path).catch(onError('ENOENT', undefined));
	return !folder || mayEnter(folder, account) ? undefined : path;
}

/** Throws `StartupError` when the account may not enter `path`. */
async function requireReachable(path: string, account: Account): Promise<void> {
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
