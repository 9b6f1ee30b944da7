import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { runOptions } from './binaries.ts';
import { onError } from './faults.ts';
import type { Folder } from './folder.ts';

/** The main process of a Postgres server. */
export interface Postmaster {
	pid: number;
	/** Tells how it ended. */
	exited: Promise<string>;
	/** Aborted once it has ended, when its pid may be another program's. */
	gone: AbortSignal;
}

/** Starts a server in a session of its own, so that Ctrl-C in the terminal does not reach it. */
export async function spawnPostmaster(
	program: string,
	args: string[],
	folder: Folder,
	logFd: number,
): Promise<Postmaster> {
	const child = spawn(program, args, {
		...runOptions(folder.account),
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
	return postmaster(child.pid, exited);
}

function postmaster(pid: number, exited: Promise<string>): Postmaster {
	const gone = new AbortController();
	void exited.then(() => gone.abort());
	return { pid, exited, gone: gone.signal };
}

/** The server that still runs on this folder, left by an earlier process; undefined when there is none. */
export async function findPostmaster(cluster: string): Promise<Postmaster | undefined> {
	const pid = await readPid(cluster);
	if (pid === undefined || !(await isPostmasterOf(pid, cluster))) return undefined;
	return postmaster(pid, watch(pid, cluster));
}

/** The pid in the server's own file, whoever has it by now. */
export async function readPid(cluster: string): Promise<number | undefined> {
	const file = join(cluster, 'postmaster.pid');
	const content = await readFile(file, 'utf8').catch(onError('ENOENT', ''));
	const pid = Number.parseInt(content, 10);
	return pid > 1 ? pid : undefined;
}

/** Ends a server: fast (sessions are cut off, all is written), then at once (recovers at the next start). */
export async function stopPostmaster(server: Postmaster, limitMs: number): Promise<boolean> {
	signal(server, 'SIGINT');
	if (await endsWithin(server, limitMs * 0.75)) return true;
	signal(server, 'SIGQUIT');
	return endsWithin(server, limitMs * 0.25);
}

/** Sends a signal to a server that may be gone. */
export function signal({ pid, gone }: Postmaster, name: 'SIGINT' | 'SIGQUIT'): void {
	try {
		if (!gone.aborted) process.kill(pid, name);
	} catch {
		// It has ended, which is what the signal is for.
	}
}

/** Whether any process has that pid. */
export function isAlive(pid: number): boolean {
	try {
		return process.kill(pid, 0);
	} catch {
		return false;
	}
}

async function endsWithin(server: Postmaster, limitMs: number): Promise<boolean> {
	const timer = new AbortController();
	const late = sleep(limitMs, false, { signal: timer.signal }).catch(() => false);
	const isEnded = await Promise.race([server.exited.then(() => true), late]);
	timer.abort();
	return isEnded;
}

/** A pid alone proves nothing: after a crash another program may have got it. */
async function isPostmasterOf(pid: number, cluster: string): Promise<boolean> {
	if (process.platform !== 'linux') {
		const ps = spawnSync('ps', ['-ww', '-o', 'command=', '-p', String(pid)], { encoding: 'utf8' });
		return ps.stdout.includes(`postgres -D ${cluster} `);
	}
	try {
		const [name, workFolder, wanted] = await Promise.all([
			readFile(`/proc/${pid}/comm`, 'utf8'),
			stat(`/proc/${pid}/cwd`),
			stat(cluster),
		]);
		return name === 'postgres\n' && workFolder.ino === wanted.ino && workFolder.dev === wanted.dev;
	} catch {
		return false;
	}
}

/** Another process's child cannot be waited for, only looked at. */
async function watch(pid: number, cluster: string): Promise<string> {
	while (await isPostmasterOf(pid, cluster)) await sleep(200, undefined, { ref: false });
	return 'no exit code known';
}
