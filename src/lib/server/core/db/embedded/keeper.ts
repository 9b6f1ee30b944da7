import { setTimeout as sleep } from 'node:timers/promises';
import { boundLog } from './log-file.ts';
import { signal, stopPostmaster, type Postmaster } from './postmaster.ts';
import { bringUp, type Plan } from './server.ts';

const STOP_LIMIT_MS = 8_000;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5_000;
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

	/** Brings the server up; from then on one that dies is started again. */
	async start(): Promise<void> {
		const { logFile } = this.#plan.folder;
		process.once('exit', this.#onExit);
		await boundLog(logFile);
		await bringUp(this.#plan);
		this.#logCheck = setInterval(() => void boundLog(logFile).catch(this.#report), LOG_CHECK_MS);
		this.#logCheck.unref();
		this.#watching = this.#watch();
	}

	/** Ends the server, within eight seconds; calling it again gives the same promise. */
	stop(): Promise<void> {
		this.#stopped ??= this.#stop();
		return this.#stopped;
	}

	async #stop(): Promise<void> {
		this.#end.abort();
		process.off('exit', this.#onExit);
		clearInterval(this.#logCheck);
		const postmaster = this.#postmaster;
		if (postmaster && !(await stopPostmaster(postmaster, STOP_LIMIT_MS))) {
			this.#plan.log(`The database server (pid ${postmaster.pid}) has not stopped in time.`);
		}
		await this.#watching;
	}

	async #watch(): Promise<void> {
		while (!this.#end.signal.aborted) {
			const how = await this.#postmaster?.exited;
			if (this.#end.signal.aborted) return;
			this.#plan.log(`The database server ended unexpectedly (${how}). Starting it again.`);
			await this.#restart();
		}
	}

	/** Tries for as long as it takes: a disk that was full may have space again. */
	async #restart(): Promise<void> {
		let pauseMs = FIRST_PAUSE_MS;
		while (!this.#end.signal.aborted) {
			try {
				await sleep(pauseMs, undefined, { signal: this.#end.signal, ref: false });
				await bringUp(this.#plan);
				this.#plan.log('The database server runs again.');
				return;
			} catch (error) {
				if (!this.#end.signal.aborted) this.#report(error);
				pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
			}
		}
	}

	#take(postmaster: Postmaster): void {
		this.#postmaster = postmaster;
		// It was on its way up when `stop` was called.
		if (this.#end.signal.aborted) signal(postmaster, 'SIGINT');
	}

	readonly #report = (error: unknown) => {
		this.#plan.log(error instanceof Error ? error.message : String(error));
	};

	/** A process that ends without `stop` still takes its server along. */
	readonly #onExit = () => {
		if (this.#postmaster) signal(this.#postmaster, 'SIGINT');
	};
}
