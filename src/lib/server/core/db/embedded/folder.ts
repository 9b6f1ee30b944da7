import { chmod, chown, mkdir, readdir, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { StartupError } from '#lib/server/core/startup-error.ts';
import { chooseAccount, requireReachable, type Account } from './account';
import { onError } from './faults';

/** What the embedded database keeps in DATA_DIR/postgres, and the account Postgres runs as. */
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

/** Makes the folder or opens the existing one; touches nothing when Postgres could not work there. */
export async function openFolder(dataDir: string): Promise<Folder> {
	const root = await realPath(resolve(dataDir));
	if (await exists(join(root, 'PG_VERSION'))) {
		throw new StartupError(
			`DATA_DIR ${root} is itself the data folder of a Postgres server. Set DATA_DIR to a folder of Frontdesk's own, or run that server and set DATABASE_URL.`,
		);
	}
	const base = join(root, 'postgres');
	const cluster = join(base, 'data');
	const account = await chooseAccount(cluster);
	if (account) {
		await requireReachable(dirname(root), account);
		await openIfEmpty(root);
		await requireReachable(base, account);
	}
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

/** Gives a file or folder to the account that Postgres runs as. */
export async function handOver(path: string, account: Account | undefined): Promise<void> {
	if (account) await chown(path, account.uid, account.gid);
}

/** False only when there is nothing at that path; any other fault is thrown. */
export async function exists(path: string): Promise<boolean> {
	return stat(path).then(() => true, onError('ENOENT', false));
}

/** The path with its links followed, whether or not its last parts exist yet. */
async function realPath(path: string): Promise<string> {
	const real = await realpath(path).catch(onError('ENOENT', undefined));
	return real ?? join(await realPath(dirname(path)), basename(path));
}

/** An empty folder was made for us, as by mkdtemp; in one that holds anything the operator decides. */
async function openIfEmpty(path: string): Promise<void> {
	const names = await readdir(path).catch(onError('ENOENT', undefined));
	if (names?.length === 0) await chmod(path, 0o711);
}

/** A strict umask of root would lock Postgres out of the folders just made for it. */
async function openToAll(deepest: string, topmost: string): Promise<void> {
	await chmod(deepest, 0o755);
	if (deepest !== topmost) await openToAll(dirname(deepest), topmost);
}
