import { type App, type Ctx, systemContext } from '../core/context';
import type { Job } from './job';

const LONGEST_BACKOFF_MS = 60_000;
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
	readonly #stopping = new AbortController();
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
		this.#stopping.abort();
		clearTimeout(this.#timer);
		await this.#running;
	}

	#start(): void {
		if (this.#stopping.signal.aborted) return;
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
		try {
			await this.job.run(this.#ctx, this.#stopping.signal, () => this.#nextWake());
			this.#failures = 0;
		} catch (error) {
			this.#failures += 1;
			this.#ctx.app.log.error({ err: error, job: this.job.name }, 'a job failed');
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
		if (this.#stopping.signal.aborted) return;
		this.#timer = setTimeout(() => this.#start(), ms).unref();
	}
}
