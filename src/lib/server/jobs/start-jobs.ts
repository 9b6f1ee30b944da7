import { type App, type Ctx, createSystemContext } from '../core/context.ts';
import { isTransientDatabaseError } from '../core/db/faults.ts';
import type { AppEvent } from '../core/events.ts';

const MAX_BACKOFF_MS = 60_000;
const DEFAULT_LIMIT_MS = 600_000;
/** Pauses vary by this share, so that processes don't run in lockstep. */
const JITTER = 0.2;

/** Periodic work. Several processes may run the same job at the same time. */
export interface Job {
	name: string;
	/** The pause between two runs, in ms. */
	interval_ms: number;
	/** The time without progress, in ms, after which a run is aborted and the next one starts; 10 minutes by default. */
	limit_ms?: number;
	/**
	 * Runs the job once. `signal` aborts when the process stops or the run exceeds its limit. A long run can await
	 * `waitForWork`, which resolves when the job is woken or its interval has passed, and then check for new work.
	 */
	run(ctx: Ctx, signal: AbortSignal, waitForWork: () => Promise<void>): Promise<unknown>;
	/** Returns whether the job runs immediately after its own process publishes this event. */
	wakesOn?(event: AppEvent, ctx: Ctx): boolean;
}

export interface Jobs {
	/** Runs a job immediately, or once more if it is already running. Ignores unknown names. */
	wake(name: string): void;
	/** Stops starting runs. Resolves once those in progress have ended. */
	stop(): Promise<void>;
}

/** Runs each job at its interval, without overlapping runs in this process. A failed run is retried with backoff. */
export function startJobs(app: App, jobs: Job[]): Jobs {
	const ctx = createSystemContext(app);
	const loops = jobs.map((job) => new JobLoop(ctx, job));
	const unsubscribe = app.events.onPublished((event) => {
		for (const loop of loops) if (loop.job.wakesOn?.(event, ctx)) loop.wake();
	});
	return {
		wake(name) {
			for (const loop of loops) if (loop.job.name === name) loop.wake();
		},
		async stop() {
			unsubscribe();
			await Promise.all(loops.map((loop) => loop.stop()));
		},
	};
}

class JobLoop {
	readonly job: Job;
	readonly #ctx: Ctx;
	#isStopping = false;
	#abort: AbortController | undefined;
	#timer: NodeJS.Timeout | undefined;
	#running: Promise<void> | undefined;
	#isWoken = false;
	#wakeUp = Promise.withResolvers<void>();
	#failureCount = 0;

	constructor(ctx: Ctx, job: Job) {
		this.#ctx = ctx;
		this.job = job;
		this.#schedule(Math.random() * job.interval_ms);
	}

	wake(): void {
		this.#isWoken = true;
		this.#resolveWakeUp();
		if (!this.#running) this.#start();
	}

	async stop(): Promise<void> {
		this.#isStopping = true;
		this.#abort?.abort();
		clearTimeout(this.#timer);
		await this.#running;
	}

	#start(): void {
		if (this.#isStopping) return;
		clearTimeout(this.#timer);
		const tickTimer = setInterval(() => this.#resolveWakeUp(), this.job.interval_ms).unref();
		this.#running = this.#run().finally(() => {
			clearInterval(tickTimer);
			this.#running = undefined;
			if (this.#isWoken) this.#start();
			else this.#schedule(this.#getPauseMs());
		});
	}

	async #run(): Promise<void> {
		this.#isWoken = false;
		const { metrics, log } = this.#ctx.app;
		const labels = { job: this.job.name };
		const timeout = new ProgressTimeout(this.job.limit_ms ?? DEFAULT_LIMIT_MS);
		this.#abort = timeout.abort;
		const reportProgress = () => {
			timeout.restart();
			metrics.jobLastSuccess.setToCurrentTime(labels);
		};
		try {
			const run = this.job.run(this.#ctx, timeout.abort.signal, () => {
				reportProgress();
				return this.#waitForWakeUp();
			});
			await Promise.race([run, timeout.expired]);
			reportProgress();
			this.#failureCount = 0;
		} catch (error) {
			this.#failureCount += 1;
			metrics.jobFailures.inc(labels);
			const level = isTransientDatabaseError(error) ? 'warn' : 'error';
			log[level]({ err: error, ...labels }, 'a job failed');
		} finally {
			timeout.clear();
		}
	}

	#resolveWakeUp(): void {
		const { resolve } = this.#wakeUp;
		this.#wakeUp = Promise.withResolvers<void>();
		resolve();
	}

	/** Resolves immediately if the job was woken since the run started or since the previous call, so that no wake-up is lost. */
	#waitForWakeUp(): Promise<void> {
		if (!this.#isWoken) return this.#wakeUp.promise;
		this.#isWoken = false;
		return Promise.resolve();
	}

	#getPauseMs(): number {
		const { interval_ms } = this.job;
		const backoff = Math.min(MAX_BACKOFF_MS, interval_ms * 2 ** this.#failureCount);
		return Math.max(interval_ms, backoff) * (1 - JITTER + 2 * JITTER * Math.random());
	}

	#schedule(ms: number): void {
		if (this.#isStopping) return;
		this.#timer = setTimeout(() => this.#start(), ms).unref();
	}
}

/** Aborts a run that makes no progress for `limitMs`, because a hung run would otherwise block its job forever. */
class ProgressTimeout {
	readonly abort = new AbortController();
	readonly #limitMs: number;
	readonly #expired = Promise.withResolvers<never>();
	#timer: NodeJS.Timeout | undefined;

	constructor(limitMs: number) {
		this.#limitMs = limitMs;
		this.#expired.promise.catch(() => undefined);
		this.restart();
	}

	/** Rejects when the limit is reached. */
	get expired(): Promise<never> {
		return this.#expired.promise;
	}

	restart(): void {
		clearTimeout(this.#timer);
		this.#timer = setTimeout(() => {
			this.abort.abort();
			this.#expired.reject(new Error(`the job made no progress for ${this.#limitMs / 1000} s`));
		}, this.#limitMs).unref();
	}

	clear(): void {
		clearTimeout(this.#timer);
	}
}
