import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { lstat, mkdir, rm, rmdir } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { StartupError } from '#lib/server/core/errors.ts';
import { deriveAppPassword } from './app-role.ts';
import { getErrorCode, returnOnCode } from './faults.ts';
import { type Folder, setOwner } from './folder.ts';
import type { Postmaster } from './postmaster.ts';
import { APP_ROLE, DATABASE, PORT, SUPERUSER } from './settings.ts';

const CANNOT_CONNECT_NOW = '57P03';

/** The folder of the server's socket, and the superuser's password. */
export interface ServerAddress {
	socketDir: string;
	password: string;
}

/** Returns the URL of the application's role, in a form that pg, drizzle-kit, psql and pg_dump all accept. */
export const createConnectionString = (address: ServerAddress): string =>
	createUrl(address, APP_ROLE, deriveAppPassword(address.password));

/** Returns the superuser's URL, for maintenance, never for the application. */
export const createSuperuserConnectionString = (address: ServerAddress): string =>
	createUrl(address, SUPERUSER, address.password);

const createUrl = ({ socketDir }: ServerAddress, role: string, password: string) =>
	`postgres://${role}:${password}@localhost/${DATABASE}?host=${encodeURIComponent(socketDir)}`;

/**
 * Opens a superuser session as soon as the server accepts one. Returns `undefined` if the server exits first, or doesn't
 * respond for `timeoutMs`. Crash recovery, which the server reports, may take longer.
 */
export async function openSession(
	address: ServerAddress,
	postmaster: Postmaster,
	timeoutMs: number,
): Promise<pg.Client | undefined> {
	let deadline = performance.now() + timeoutMs;
	while (!postmaster.gone.aborted && performance.now() < deadline) {
		const attempt = await connect(address, timeoutMs);
		if (attempt.client) return attempt.client;
		if (attempt.code === CANNOT_CONNECT_NOW) deadline = performance.now() + timeoutMs;
		await sleep(20);
	}
	return undefined;
}

async function connect(
	address: ServerAddress,
	timeoutMs: number,
): Promise<{ client: pg.Client } | { client: undefined; code: string | undefined }> {
	const client = new pg.Client({
		host: address.socketDir,
		user: SUPERUSER,
		password: address.password,
		database: 'postgres',
		connectionTimeoutMillis: timeoutMs,
		query_timeout: 60_000,
	});
	// Losing an idle session must not crash the process; the next query on it fails.
	client.on('error', () => undefined);
	try {
		await client.connect();
		return { client };
	} catch (error) {
		const code = getErrorCode(error);
		// SQLSTATE class 28: invalid authorization.
		if (code?.startsWith('28')) throw createPasswordError();
		return { client: undefined, code };
	}
}

function createPasswordError(): StartupError {
	return new StartupError(
		`The embedded database rejects Frontdesk's password. Put the password of its user "${SUPERUSER}" into frontdesk.password in the database's data folder.`,
	);
}

/** The lowest maximum among supported systems (macOS: 104 bytes including the terminating zero). */
const MAX_SOCKET_PATH_BYTES = 103;

/** Returns the folder for the server's socket: next to the data, or a private one in the system's temporary folder. */
export async function ensureSocketFolder(folder: Folder): Promise<string> {
	const preferredPath = join(folder.base, 'socket');
	await mkdir(preferredPath, { mode: 0o700 }).catch(returnOnCode('EEXIST', undefined));
	await setOwner(preferredPath, folder.account);
	if (await supportsSockets(preferredPath)) return preferredPath;
	// The path is too long for a socket, or its file system (such as one shared with a virtual machine) doesn't support sockets.
	const name = createHash('sha256').update(folder.base).digest('hex').slice(0, 16);
	return ensurePrivate(join(tmpdir(), `frontdesk-${name}`), folder);
}

/** Removes the socket folder if it is empty. */
export async function removeSocketFolder(path: string): Promise<void> {
	await rmdir(path).catch(() => undefined);
}

/** Creates the folder, or checks the owner of an existing one, because anyone can write to its parent. */
async function ensurePrivate(path: string, { account }: Folder): Promise<string> {
	const isCreated = await mkdir(path, { mode: 0o700 }).then(
		() => true,
		returnOnCode('EEXIST', false),
	);
	if (isCreated) await setOwner(path, account);
	const stats = await lstat(path);
	if (stats.isDirectory() && stats.uid === (account?.uid ?? process.getuid?.())) return path;
	throw new StartupError(
		`The database's socket would be in ${path}, which belongs to another user (${stats.uid}). Remove it, or set DATA_DIR to a folder with a shorter path.`,
	);
}

async function supportsSockets(path: string): Promise<boolean> {
	// Has the same length as the name of Postgres's socket.
	const probe = join(path, `.s.PROBE.${PORT}`);
	if (Buffer.byteLength(probe) > MAX_SOCKET_PATH_BYTES) return false;
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
