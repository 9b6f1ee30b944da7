import { setTimeout as sleep } from 'node:timers/promises';
import { boundLog } from './log-file.ts';
import { signal, stopPostmaster, type Postmaster } from './postmaster.ts';
import { bringUp, type Plan } from './server.ts';

const STOP_TIMEOUT_MS = 8_000;
const FIRST_DELAY_MS = 100;
const MAX_DELAY_MS = 5_000;
const LOG_CHECK_MS = 60_000;

/** Keeps the server of one folder running from `start` to `stop`. */
export class Keeper {
	readonly #plan: Plan;
	readonly #end = new AbortController();
	#postmaster: Postmaster | undefined;
	#watching: Promise<void> = Promise.resolve();
	#stopped: Promise<void> | undefined;
	#logCheck: NodeJS.Timeout | undefined;

	constructor(plan: Omit<Plan, 'onProcess'>) {
		this.#plan = { ...plan, onProcess: (postmaster) => this.#take(postmaster) };
	}

	/** Starts the server, and restarts it whenever it exits. */
	async start(): Promise<void> {
		const { logFile } = this.#plan.folder;
		process.once('exit', this.#onExit);
		await boundLog(logFile);
		await bringUp(this.#plan);
		this.#logCheck = setInterval(() => void boundLog(logFile).catch(this.#report), LOG_CHECK_MS);
		this.#logCheck.unref();
		this.#watching = this.#watch();
	}

	/** Stops the server within eight seconds. Repeated calls return the same promise. */
	stop(): Promise<void> {
		this.#stopped ??= this.#stop();
		return this.#stopped;
	}

	async #stop(): Promise<void> {
		this.#end.abort();
		process.off('exit', this.#onExit);
		clearInterval(this.#logCheck);
		const postmaster = this.#postmaster;
		if (postmaster && !(await stopPostmaster(postmaster, STOP_TIMEOUT_MS))) {
			this.#plan.log(`The database server (pid ${postmaster.pid}) did not stop in time.`);
		}
		await this.#watching;
	}

	async #watch(): Promise<void> {
		while (!this.#end.signal.aborted) {
			const reason = await this.#postmaster?.exited;
			if (this.#end.signal.aborted) return;
			this.#plan.log(`The database server exited unexpectedly (${reason}). Restarting it.`);
			await this.#restart();
		}
	}

	/** Retries without a limit, since the cause, such as a full disk, may pass. */
	async #restart(): Promise<void> {
		let delayMs = FIRST_DELAY_MS;
		while (!this.#end.signal.aborted) {
			try {
				await sleep(delayMs, undefined, { signal: this.#end.signal, ref: false });
				await bringUp(this.#plan);
				this.#plan.log('The database server is running again.');
				return;
			} catch (error) {
				if (!this.#end.signal.aborted) this.#report(error);
				delayMs = Math.min(delayMs * 2, MAX_DELAY_MS);
			}
		}
	}

	#take(postmaster: Postmaster): void {
		this.#postmaster = postmaster;
		// `stop` was called while the server was starting.
		if (this.#end.signal.aborted) signal(postmaster, 'SIGINT');
	}

	readonly #report = (error: unknown) => {
		this.#plan.log(error instanceof Error ? error.message : String(error));
	};

	/** Stops the server when the process exits without calling `stop`. */
	readonly #onExit = () => {
		if (this.#postmaster) signal(this.#postmaster, 'SIGINT');
	};
}
