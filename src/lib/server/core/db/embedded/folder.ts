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
import { returnOnCode } from './faults.ts';

/** The paths of the embedded database in `DATA_DIR/postgres`, and the account that Postgres runs as. */
export interface Folder {
	base: string;
	/** The data folder of Postgres itself. */
	cluster: string;
	logFile: string;
	lockFile: string;
	ownerFile: string;
	/** `undefined` if Postgres runs as this process's own user. */
	account: Account | undefined;
}

/** The parent folder of databases whose `DATA_DIR` is accessible only to root, such as a checkout below /root. */
const FALLBACK_PARENT = '/var/lib/frontdesk';

/**
 * Creates the folder or opens the existing one. If the account can't access `DATA_DIR`, creates a new database in
 * /var/lib/frontdesk with a symlink in `DATA_DIR/postgres`. Throws `StartupError` if Postgres can't use the folder.
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
		const inaccessible = await findInaccessibleFolder(dirname(root), account);
		if (!inaccessible) await makeAccessibleIfEmpty(root);
		const isNew = !(await exists(base));
		if (isNew && (inaccessible || (await findInaccessibleFolder(root, account)))) {
			base = await createOutsideDataDir(root, account, log);
		}
		await requireReachable(base, account);
	}
	const cluster = join(base, 'data');
	const topmostCreated = await mkdir(base, { recursive: true });
	if (account && topmostCreated) await makeAccessible(base, topmostCreated);
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
export async function setOwner(path: string, account: Account | undefined): Promise<void> {
	if (account) await chown(path, account.uid, account.gid);
}

/** Returns whether the path exists. Throws any error other than `ENOENT`. */
export async function exists(path: string): Promise<boolean> {
	return stat(path).then(() => true, returnOnCode('ENOENT', false));
}

/** Resolves symlinks in a path whose trailing segments may not exist yet. */
async function realPath(path: string): Promise<string> {
	const real = await realpath(path).catch(returnOnCode('ENOENT', undefined));
	return real ?? join(await realPath(dirname(path)), basename(path));
}

/** Throws `StartupError` if the symlink is broken, because an empty database in its place would look like lost data. */
async function requireLinkTarget(link: string): Promise<void> {
	const target = await readlink(link).catch(returnOnCode('ENOENT', undefined, 'EINVAL'));
	if (target === undefined || (await exists(link))) return;
	throw new StartupError(
		`${link} leads to the database in ${target}, which does not exist. Put that folder back, or remove the link to start with an empty database.`,
	);
}

/** Creates a folder for the database outside `DATA_DIR` and a symlink to it. Returns its path. */
async function createOutsideDataDir(
	root: string,
	account: Account,
	log: (line: string) => void,
): Promise<string> {
	const name = createHash('sha256').update(root).digest('hex').slice(0, 12);
	const base = await findUnusedPath(join(FALLBACK_PARENT, name));
	const topmostCreated = await mkdir(base, { recursive: true });
	if (topmostCreated) await makeAccessible(base, topmostCreated);
	await mkdir(root, { recursive: true });
	await symlink(base, join(root, 'postgres'));
	log(
		`The database is in ${base}, because Postgres runs as "${account.name}", who cannot access ${root}.`,
	);
	return base;
}

/** Returns `preferred`, with a number if it exists. An existing folder belongs to an earlier checkout, whose secret key is lost. */
async function findUnusedPath(preferred: string, tries = 1): Promise<string> {
	const path = tries === 1 ? preferred : `${preferred}-${tries}`;
	return (await exists(path)) ? findUnusedPath(preferred, tries + 1) : path;
}

/** Gives the account access to an empty folder, such as one that mkdtemp created. The mode of any other folder is the operator's choice. */
async function makeAccessibleIfEmpty(path: string): Promise<void> {
	const names = await readdir(path).catch(returnOnCode('ENOENT', undefined));
	if (names?.length === 0) await chmod(path, 0o711);
}

/** Makes new folders accessible to the account even if root has a strict umask. */
async function makeAccessible(deepest: string, topmost: string): Promise<void> {
	await chmod(deepest, 0o755);
	if (deepest !== topmost) await makeAccessible(dirname(deepest), topmost);
}

export interface Account {
	name: string;
	uid: number;
	gid: number;
}

/**
 * Returns the account to run Postgres as if this process is root, because Postgres refuses to run as root: the owner of the
 * data folder, else `postgres`, else `nobody`. Returns `undefined` if this process is not root. Throws `StartupError`.
 */
async function chooseAccount(cluster: string): Promise<Account | undefined> {
	if (process.getuid?.() !== 0) return undefined;
	const accounts = parsePasswd(await readFile('/etc/passwd', 'utf8'));
	const folder = await stat(cluster).catch(returnOnCode('ENOENT', undefined));
	if (folder && folder.uid !== 0) {
		const { uid, gid } = folder;
		return accounts.find((account) => account.uid === uid) ?? { name: `user ${uid}`, uid, gid };
	}
	for (const name of ['postgres', 'nobody']) {
		const account = accounts.find((candidate) => candidate.name === name && candidate.uid > 0);
		if (account) return account;
	}
	throw new StartupError(
		'Postgres does not run as root, and this machine has neither an account "postgres" nor "nobody" to run it as. Start Frontdesk as an ordinary user, or set DATABASE_URL.',
	);
}

/** Returns the topmost folder on the path that the account can't access; `undefined` if it can access all of them. */
async function findInaccessibleFolder(path: string, account: Account): Promise<string | undefined> {
	const inaccessibleParent =
		dirname(path) === path ? undefined : await findInaccessibleFolder(dirname(path), account);
	if (inaccessibleParent) return inaccessibleParent;
	const folder = await stat(path).catch(returnOnCode('ENOENT', undefined));
	return !folder || canEnter(folder, account) ? undefined : path;
}

/** Throws `StartupError` if the account can't access `path`. */
async function requireReachable(path: string, account: Account): Promise<void> {
	const inaccessible = await findInaccessibleFolder(path, account);
	if (inaccessible === undefined) return;
	throw new StartupError(
		`Postgres refuses to run as root, so Frontdesk runs it as "${account.name}", who cannot access ${inaccessible}. Set DATA_DIR to a folder outside of it (for example /var/lib/frontdesk), allow it with "chmod o+x ${inaccessible}", or set DATABASE_URL.`,
	);
}

function canEnter(folder: { mode: number; uid: number; gid: number }, account: Account): boolean {
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
