import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { lstat, mkdir, rm, rmdir } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StartupError } from '#lib/server/core/startup-error.ts';
import { onError } from './faults.ts';
import { handOver, type Folder } from './folder.ts';
import { PORT } from './settings.ts';

/** The shortest limit of the systems Postgres runs on (macOS: 104 bytes with the final zero). */
const MAX_SOCKET_PATH = 103;

/** Returns the folder of the server's socket: beside the data, or a private one in the system's temporary folder. */
export async function ensureSocketFolder(folder: Folder): Promise<string> {
	const beside = join(folder.base, 'socket');
	await mkdir(beside, { mode: 0o700 }).catch(onError('EEXIST', undefined));
	await handOver(beside, folder.account);
	if (await takesSockets(beside)) return beside;
	// The path is too long for a socket, or the file system, such as one shared with a virtual machine, doesn't support them.
	const name = createHash('sha256').update(folder.base).digest('hex').slice(0, 16);
	return ensurePrivate(join(tmpdir(), `frontdesk-${name}`), folder);
}

/** Removes the socket folder if it is empty. */
export async function removeSocketFolder(path: string): Promise<void> {
	await rmdir(path).catch(() => undefined);
}

/** Creates the folder, or checks that an existing one is ours, since anyone can write to its parent. */
async function ensurePrivate(path: string, { account }: Folder): Promise<string> {
	const isMade = await mkdir(path, { mode: 0o700 }).then(() => true, onError('EEXIST', false));
	if (isMade) await handOver(path, account);
	const found = await lstat(path);
	if (found.isDirectory() && found.uid === (account?.uid ?? process.getuid?.())) return path;
	throw new StartupError(
		`The database's socket would be in ${path}, which belongs to another user (${found.uid}). Remove it, or set DATA_DIR to a folder with a shorter path.`,
	);
}

async function takesSockets(path: string): Promise<boolean> {
	// Has the same length as the name of Postgres's socket.
	const probe = join(path, `.s.PROBE.${PORT}`);
	if (Buffer.byteLength(probe) > MAX_SOCKET_PATH) return false;
	await rm(probe, { force: true });
	const server = createServer();
	try {
		const listening = once(server, 'listening');
		server.listen(probe);
		await listening;
		return true;
	} catch {
		return false;
	} finally {
		server.close();
	}
}
