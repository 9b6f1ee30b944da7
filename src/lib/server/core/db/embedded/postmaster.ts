import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createSpawnOptions } from './binaries.ts';
import { returnOnCode } from './faults.ts';
import type { Folder } from './folder.ts';

/** The main process of a Postgres server. */
export interface Postmaster {
	pid: number;
	/** Resolves with the signal or exit code when the process exits. */
	exited: Promise<string>;
	/** Aborts when the process exits, after which its pid may be reused. */
	gone: AbortSignal;
}

/** Starts a server in its own session, so that Ctrl-C in the terminal does not reach it. */
export async function spawnPostmaster(
	program: string,
	args: string[],
	folder: Folder,
	logFd: number,
): Promise<Postmaster> {
	const child = spawn(program, args, {
		...createSpawnOptions(folder.account),
		detached: true,
		stdio: ['ignore', logFd, logFd],
	});
	const exited = once(child, 'exit').then(
		([code, name]) => String(name ?? `exit code ${code}`),
		(error: unknown) => String(error),
	);
	await once(child, 'spawn');
	child.unref();
	if (child.pid === undefined) throw new Error('A spawned process has no pid.');
	return createPostmaster(child.pid, exited);
}

function createPostmaster(pid: number, exited: Promise<string>): Postmaster {
	const gone = new AbortController();
	void exited.then(() => gone.abort());
	return { pid, exited, gone: gone.signal };
}

/** Returns the server that an earlier process left running on this folder; `undefined` if there is none. */
export async function findPostmaster(cluster: string): Promise<Postmaster | undefined> {
	const pid = await readPid(cluster);
	if (pid === undefined || !(await isPostmaster(pid, cluster))) return undefined;
	return createPostmaster(pid, waitForExit(pid, cluster));
}

/** Returns the pid in the server's pid file. It may belong to another process by now. */
export async function readPid(cluster: string): Promise<number | undefined> {
	const file = join(cluster, 'postmaster.pid');
	const content = await readFile(file, 'utf8').catch(returnOnCode('ENOENT', ''));
	const pid = Number.parseInt(content, 10);
	return pid > 1 ? pid : undefined;
}

/** Stops a server with a fast shutdown, then with an immediate one, after which the next start runs crash recovery. Returns whether it exited. */
export async function stopPostmaster(server: Postmaster, timeoutMs: number): Promise<boolean> {
	sendSignal(server, 'SIGINT');
	if (await exitsWithin(server, timeoutMs * 0.75)) return true;
	sendSignal(server, 'SIGQUIT');
	return exitsWithin(server, timeoutMs * 0.25);
}

/** Sends a signal to a server that may have exited. */
export function sendSignal({ pid, gone }: Postmaster, name: 'SIGINT' | 'SIGQUIT'): void {
	try {
		if (!gone.aborted) process.kill(pid, name);
	} catch {
		// The server has already exited.
	}
}

/** Returns whether any process has this pid. */
export function isAlive(pid: number): boolean {
	try {
		return process.kill(pid, 0);
	} catch {
		return false;
	}
}

async function exitsWithin(server: Postmaster, timeoutMs: number): Promise<boolean> {
	const timer = new AbortController();
	const timeout = sleep(timeoutMs, false, { signal: timer.signal }).catch(() => false);
	const hasExited = await Promise.race([server.exited.then(() => true), timeout]);
	timer.abort();
	return hasExited;
}

/** Returns whether the process is this folder's server. After a crash, another program may have its pid. */
async function isPostmaster(pid: number, cluster: string): Promise<boolean> {
	if (process.platform !== 'linux') {
		const ps = spawnSync('ps', ['-ww', '-o', 'command=', '-p', String(pid)], { encoding: 'utf8' });
		return ps.stdout.includes(`postgres -D ${cluster} `);
	}
	try {
		const [name, workFolder, clusterFolder] = await Promise.all([
			readFile(`/proc/${pid}/comm`, 'utf8'),
			stat(`/proc/${pid}/cwd`),
			stat(cluster),
		]);
		return (
			name === 'postgres\n' &&
			workFolder.ino === clusterFolder.ino &&
			workFolder.dev === clusterFolder.dev
		);
	} catch {
		return false;
	}
}

/** Polls for the exit of a process that can't be awaited, because it isn't a child of this one. */
async function waitForExit(pid: number, cluster: string): Promise<string> {
	while (await isPostmaster(pid, cluster)) await sleep(200, undefined, { ref: false });
	return 'exit code unknown';
}
