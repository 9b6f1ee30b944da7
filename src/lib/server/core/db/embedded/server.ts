import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { StartupError } from '#lib/server/core/startup-error.ts';
import type { Binaries } from './binaries.ts';
import { explainOutput, onError } from './faults.ts';
import type { Folder } from './folder.ts';
import { logEnd, readLogSince, withLog } from './log-file.ts';
import {
	findPostmaster,
	isAlive,
	readPid,
	spawnPostmaster,
	stopPostmaster,
	type Postmaster,
} from './postmaster.ts';
import { PORT } from './settings.ts';
import { ensureDatabase } from './app-role.ts';
import { openSession, type Door } from './session.ts';

/** Everything that is settled before a server runs. */
export interface Plan {
	folder: Folder;
	binaries: Binaries;
	door: Door;
	args: string[];
	log: (line: string) => void;
	/** Called with the server's process before it is ready, so that it can be stopped at any time. */
	onProcess: (postmaster: Postmaster) => void;
}

const ADOPTION_PATIENCE_MS = 5_000;
const START_PATIENCE_MS = 60_000;
const LEFTOVER_STOP_MS = 20_000;
const ORPHANS_PATIENCE_MS = 10_000;

/** Brings the server up and its database with it: takes over the one that still runs, or starts one. */
export async function bringUp(plan: Plan): Promise<void> {
	const leftover = await findPostmaster(plan.folder.cluster);
	if (leftover) {
		if (await adopt(plan, leftover)) return;
		plan.log(`Stopping the database server that an earlier process left (pid ${leftover.pid}).`);
		if (!(await stopPostmaster(leftover, LEFTOVER_STOP_MS))) {
			throw new StartupError(
				`The database server that an earlier Frontdesk left (pid ${leftover.pid}) gives no answer and does not stop. End it with "kill -9 ${leftover.pid}" and start again: nothing that was acknowledged is lost.`,
			);
		}
	}
	await removeStaleLocks(plan);
	await start(plan);
}

/** True when the running server answers and is the one that we would start. */
async function adopt(plan: Plan, leftover: Postmaster): Promise<boolean> {
	const command = [plan.binaries.postgres, ...plan.args.map((arg) => `"${arg}"`)].join(' ');
	const runs = await readFile(join(plan.folder.cluster, 'postmaster.opts'), 'utf8').catch(
		onError('ENOENT', ''),
	);
	if (runs.trimEnd() !== command) return false;
	const session = await openSession(plan.door, leftover, ADOPTION_PATIENCE_MS);
	if (!session) return false;
	try {
		const answer = await session.query<{ server_version: string }>('SHOW server_version');
		if (answer.rows[0]?.server_version !== plan.binaries.version) return false;
		await ensureDatabase(session, plan.door);
	} catch {
		return false;
	} finally {
		await session.end();
	}
	plan.onProcess(leftover);
	plan.log(`Took over the database server that an earlier process left (pid ${leftover.pid}).`);
	return true;
}

/** Postgres takes any process with a pid of its lock files for a server and would refuse to start. */
async function removeStaleLocks({ folder, door }: Plan): Promise<void> {
	await rm(join(door.socketDir, `.s.PGSQL.${PORT}.lock`), { force: true });
	const pid = await readPid(folder.cluster);
	// A zombie or another program; of a pid that is gone Postgres itself makes the better check.
	if (pid !== undefined && isAlive(pid)) await rm(join(folder.cluster, 'postmaster.pid'));
}

async function start(plan: Plan): Promise<void> {
	const deadline = Date.now() + ORPHANS_PATIENCE_MS;
	for (;;) {
		const failure = await tryStart(plan);
		if (failure === undefined) return;
		// The sessions of a server that was killed take a moment to notice and go.
		const isHeld = failure.includes('pre-existing shared memory block');
		if (!isHeld || Date.now() > deadline) {
			throw await explainOutput('The embedded database did not start.', failure, plan.folder.base);
		}
		await sleep(100);
	}
}

/** Starts a server and sees to its database; returns what the log says when that fails. */
async function tryStart({ folder, binaries, args, door, onProcess }: Plan) {
	const before = await logEnd(folder.logFile);
	const postmaster = await withLog(folder.logFile, (fd) =>
		spawnPostmaster(binaries.postgres, args, folder, fd),
	);
	onProcess(postmaster);
	const session = await openSession(door, postmaster, START_PATIENCE_MS);
	if (!session) {
		await stopPostmaster(postmaster, LEFTOVER_STOP_MS);
		return readLogSince(folder.logFile, before);
	}
	try {
		await ensureDatabase(session, door);
		return undefined;
	} finally {
		await session.end();
	}
}
