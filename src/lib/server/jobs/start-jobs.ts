import { type App, type Ctx, systemContext } from '../core/context.ts';
import { isTransientDatabaseError } from '../core/db/faults.ts';
import type { Job } from './job.ts';

const LONGEST_BACKOFF_MS = 60_000;
const LIMIT_MS = 600_000;
/** Pauses vary by this share, so that processes do not run in step. */
const JITTER = 0.2;

export interface Jobs {
	/** Runs a job now, or once more if it is running; unknown names are ignored. */
	wake(name: string): void;
	/** Starts no more runs and waits for those under way. */
	stop(): Promise<void>;
}

/** Runs every job at its interval, never twice at once in this process, and goes on after failures. */
export function startJobs(app: App, jobs: Job[]): Jobs {
	const ctx = systemContext(app);
	const loops = jobs.map((job) => new Loop(ctx, job));
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

class Loop {
	readonly job: Job;
	readonly #ctx: Ctx;
	#isStopping = false;
	#stop: AbortController | undefined;
	#timer: NodeJS.Timeout | undefined;
	#running: Promise<void> | undefined;
	#isWoken = false;
	#woken = Promise.withResolvers<void>();
	#failures = 0;

	constructor(ctx: Ctx, job: Job) {
		this.#ctx = ctx;
		this.job = job;
		this.#schedule(Math.random() * job.interval_ms);
	}

	wake(): void {
		this.#isWoken = true;
		this.#tick();
		if (!this.#running) this.#start();
	}

	async stop(): Promise<void> {
		this.#isStopping = true;
		this.#stop?.abort();
		clearTimeout(this.#timer);
		await this.#running;
	}

	#start(): void {
		if (this.#isStopping) return;
		clearTimeout(this.#timer);
		const ticks = setInterval(() => this.#tick(), this.job.interval_ms).unref();
		this.#running = this.#run().finally(() => {
			clearInterval(ticks);
			this.#running = undefined;
			if (this.#isWoken) this.#start();
			else this.#schedule(this.#pause());
		});
	}

	async #run(): Promise<void> {
		this.#isWoken = false;
		const { metrics, log } = this.#ctx.app;
		const labels = { job: this.job.name };
		const watch = new ProgressWatch(this.job.limit_ms ?? LIMIT_MS);
		this.#stop = watch.stop;
		const progress = () => {
			watch.restart();
			metrics.jobLastSuccess.setToCurrentTime(labels);
		};
		try {
			const run = this.job.run(this.#ctx, watch.stop.signal, () => {
				progress();
				return this.#nextWake();
			});
			await Promise.race([run, watch.expired]);
			progress();
			this.#failures = 0;
		} catch (error) {
			this.#failures += 1;
			metrics.jobFailures.inc(labels);
			const level = isTransientDatabaseError(error) ? 'warn' : 'error';
			log[level]({ err: error, ...labels }, 'a job failed');
		} finally {
			watch.end();
		}
	}

	#tick(): void {
		const { resolve } = this.#woken;
		this.#woken = Promise.withResolvers<void>();
		resolve();
	}

	/** A wake that came since the run began, or since the last one was taken, counts: none is lost. */
	#nextWake(): Promise<void> {
		if (!this.#isWoken) return this.#woken.promise;
		this.#isWoken = false;
		return Promise.resolve();
	}

	#pause(): number {
		const { interval_ms } = this.job;
		const backoff = Math.min(LONGEST_BACKOFF_MS, interval_ms * 2 ** this.#failures);
		return Math.max(interval_ms, backoff) * (1 - JITTER + 2 * JITTER * Math.random());
	}

	#schedule(ms: number): void {
		if (this.#isStopping) return;
		this.#timer = setTimeout(() => this.#start(), ms).unref();
	}
}

/** Gives a run up that makes no progress for `limitMs`: one that hangs would keep its job from ever running again. */
class ProgressWatch {
	readonly stop = new AbortController();
	readonly #limitMs: number;
	readonly #expired = Promise.withResolvers<never>();
	#timer: NodeJS.Timeout | undefined;

	constructor(limitMs: number) {
		this.#limitMs = limitMs;
		this.#expired.promise.catch(() => undefined);
		this.restart();
	}

	/** Rejects once the time is up. */
	get expired(): Promise<never> {
		return this.#expired.promise;
	}

	restart(): void {
		clearTimeout(this.#timer);
		this.#timer = setTimeout(() => {
			this.stop.abort();
			this.#expired.reject(new Error(`the job made no progress for ${this.#limitMs / 1000} s`));
		}, this.#limitMs).unref();
	}

	end(): void {
		clearTimeout(this.#timer);
	}
}
