import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { StartupError } from '#lib/server/core/errors.ts';
import type { Binaries } from './binaries.ts';
import { explainOutput, returnOnCode } from './faults.ts';
import type { Folder } from './folder.ts';
import { getLogSize, readLogSince, withLog, rotateLog } from './log-file.ts';
import {
	findPostmaster,
	isAlive,
	readPid,
	spawnPostmaster,
	stopPostmaster,
	type Postmaster,
	sendSignal,
} from './postmaster.ts';
import { PORT } from './settings.ts';
import { ensureDatabase } from './app-role.ts';
import { openSession, type ServerAddress } from './session.ts';

/** Everything needed to start a server. */
interface ServerPlan {
	folder: Folder;
	binaries: Binaries;
	address: ServerAddress;
	args: string[];
	log: (line: string) => void;
	/** Called with the server's process before it is ready, so that it can be stopped at any time. */
	onProcess: (postmaster: Postmaster) => void;
}

const ADOPTION_TIMEOUT_MS = 5_000;
const START_TIMEOUT_MS = 60_000;
const LEFTOVER_STOP_TIMEOUT_MS = 20_000;
const ORPHANED_SESSIONS_TIMEOUT_MS = 10_000;

/** Adopts a running server or starts one, and ensures that its database exists. Throws `StartupError`. */
async function adoptOrStart(plan: ServerPlan): Promise<void> {
	const leftover = await findPostmaster(plan.folder.cluster);
	if (leftover) {
		if (await adopt(plan, leftover)) return;
		plan.log(
			`Stopping the database server that an earlier process left running (pid ${leftover.pid}).`,
		);
		if (!(await stopPostmaster(leftover, LEFTOVER_STOP_TIMEOUT_MS))) {
			throw new StartupError(
				`The database server that an earlier Frontdesk left (pid ${leftover.pid}) does not respond or stop. End it with "kill -9 ${leftover.pid}" and start again. No acknowledged data is lost.`,
			);
		}
	}
	await removeStaleLocks(plan);
	await start(plan);
}

/** Adopts a running server if it responds and has the version and arguments that a new one would have. Returns whether it was adopted. */
async function adopt(plan: ServerPlan, leftover: Postmaster): Promise<boolean> {
	const command = [plan.binaries.postgres, ...plan.args.map((arg) => `"${arg}"`)].join(' ');
	const running = await readFile(join(plan.folder.cluster, 'postmaster.opts'), 'utf8').catch(
		returnOnCode('ENOENT', ''),
	);
	if (running.trimEnd() !== command) return false;
	const session = await openSession(plan.address, leftover, ADOPTION_TIMEOUT_MS);
	if (!session) return false;
	try {
		const answer = await session.query<{ server_version: string }>('SHOW server_version');
		if (answer.rows[0]?.server_version !== plan.binaries.version) return false;
		await ensureDatabase(session, plan.address);
	} catch {
		return false;
	} finally {
		await session.end();
	}
	plan.onProcess(leftover);
	plan.log(
		`Adopted the database server that an earlier process left running (pid ${leftover.pid}).`,
	);
	return true;
}

/** Removes stale lock files, because Postgres refuses to start if any process has the pid in them. */
async function removeStaleLocks({ folder, address }: ServerPlan): Promise<void> {
	await rm(join(address.socketDir, `.s.PGSQL.${PORT}.lock`), { force: true });
	const pid = await readPid(folder.cluster);
	// The pid belongs to a zombie or another program. Postgres handles an unused pid itself.
	if (pid !== undefined && isAlive(pid)) await rm(join(folder.cluster, 'postmaster.pid'));
}

async function start(plan: ServerPlan): Promise<void> {
	const deadline = performance.now() + ORPHANED_SESSIONS_TIMEOUT_MS;
	for (;;) {
		const failure = await tryStart(plan);
		if (failure === undefined) return;
		// The sessions of a killed server take a moment to exit.
		const isMemoryInUse = failure.includes('pre-existing shared memory block');
		if (!isMemoryInUse || performance.now() > deadline) {
			throw await explainOutput('The embedded database did not start.', failure, plan.folder.base);
		}
		await sleep(100);
	}
}

/** Starts a server and ensures that its database exists. Returns the server's log output if that fails. */
async function tryStart({ folder, binaries, args, address, onProcess }: ServerPlan) {
	const logOffset = await getLogSize(folder.logFile);
	const postmaster = await withLog(folder.logFile, (fd) =>
		spawnPostmaster(binaries.postgres, args, folder, fd),
	);
	onProcess(postmaster);
	const session = await openSession(address, postmaster, START_TIMEOUT_MS);
	if (!session) {
		await stopPostmaster(postmaster, LEFTOVER_STOP_TIMEOUT_MS);
		return readLogSince(folder.logFile, logOffset);
	}
	try {
		await ensureDatabase(session, address);
		return undefined;
	} finally {
		await session.end();
	}
}

const STOP_TIMEOUT_MS = 8_000;
const FIRST_DELAY_MS = 100;
const MAX_DELAY_MS = 5_000;
const LOG_CHECK_MS = 60_000;

/** Keeps the server of one folder running from `start` to `stop`. */
export class ServerSupervisor {
	readonly #plan: ServerPlan;
	readonly #stopSignal = new AbortController();
	#postmaster: Postmaster | undefined;
	#supervision: Promise<void> = Promise.resolve();
	#stopped: Promise<void> | undefined;
	#logCheck: NodeJS.Timeout | undefined;

	constructor(plan: Omit<ServerPlan, 'onProcess'>) {
		this.#plan = { ...plan, onProcess: (postmaster) => this.#setPostmaster(postmaster) };
	}

	/** Starts the server, and restarts it whenever it exits. */
	async start(): Promise<void> {
		const { logFile } = this.#plan.folder;
		process.once('exit', this.#onExit);
		await rotateLog(logFile);
		await adoptOrStart(this.#plan);
		this.#logCheck = setInterval(() => void rotateLog(logFile).catch(this.#report), LOG_CHECK_MS);
		this.#logCheck.unref();
		this.#supervision = this.#watch();
	}

	/** Stops the server within eight seconds. Repeated calls return the same promise. */
	stop(): Promise<void> {
		this.#stopped ??= this.#stop();
		return this.#stopped;
	}

	async #stop(): Promise<void> {
		this.#stopSignal.abort();
		process.off('exit', this.#onExit);
		clearInterval(this.#logCheck);
		const postmaster = this.#postmaster;
		if (postmaster && !(await stopPostmaster(postmaster, STOP_TIMEOUT_MS))) {
			this.#plan.log(`The database server (pid ${postmaster.pid}) did not stop in time.`);
		}
		await this.#supervision;
	}

	async #watch(): Promise<void> {
		while (!this.#stopSignal.signal.aborted) {
			const reason = await this.#postmaster?.exited;
			if (this.#stopSignal.signal.aborted) return;
			this.#plan.log(`The database server exited unexpectedly (${reason}). Restarting it.`);
			await this.#restart();
		}
	}

	/** Retries indefinitely, because the cause, such as a full disk, may go away. */
	async #restart(): Promise<void> {
		let delayMs = FIRST_DELAY_MS;
		while (!this.#stopSignal.signal.aborted) {
			try {
				await sleep(delayMs, undefined, { signal: this.#stopSignal.signal, ref: false });
				await adoptOrStart(this.#plan);
				this.#plan.log('The database server is running again.');
				return;
			} catch (error) {
				if (!this.#stopSignal.signal.aborted) this.#report(error);
				delayMs = Math.min(delayMs * 2, MAX_DELAY_MS);
			}
		}
	}

	#setPostmaster(postmaster: Postmaster): void {
		this.#postmaster = postmaster;
		// Handles a `stop` that was called while the server was starting.
		if (this.#stopSignal.signal.aborted) sendSignal(postmaster, 'SIGINT');
	}

	readonly #report = (error: unknown) => {
		this.#plan.log(error instanceof Error ? error.message : String(error));
	};

	/** Stops the server if the process exits without calling `stop`. */
	readonly #onExit = () => {
		if (this.#postmaster) sendSignal(this.#postmaster, 'SIGINT');
	};
}
