import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { createApp } from '../create-app.ts';
import { readConfig } from '../core/config.ts';
import type { App } from '../core/context.ts';
import { type Job, type Jobs, startJobs } from './start-jobs.ts';

const { app, close } = createApp({
	config: readConfig({ NODE_ENV: 'test', LOG_LEVEL: 'silent' }),
	// Never connects: these jobs don't use the database.
	databaseUrl: 'postgres://127.0.0.1:1/none',
	secretKey: 'a secret key for tests only',
});

const HOUR = 3_600_000;
let jobs: Jobs | undefined;
const start = (job: Partial<Job> & Pick<Job, 'run'>, on: App = app) =>
	(jobs = startJobs(on, [{ name: 'job', interval_ms: HOUR, ...job }]));

afterEach(async () => {
	await jobs?.stop();
});
afterAll(() => close());

describe('a job', () => {
	it('runs repeatedly at its interval', async () => {
		const run = vi.fn(() => Promise.resolve());
		start({ interval_ms: 5, run });
		await vi.waitFor(() => expect(run.mock.calls.length).toBeGreaterThan(3));
	});

	it('runs immediately when woken by name or by one of its events, but not by others', async () => {
		const run = vi.fn(() => Promise.resolve());
		const started = start({ run, wakesOn: (event) => event.name === 'agent.left' });
		started.wake('another');
		app.events.publish({ name: 'session.deleted', payload: { session_id: 'session_x' } });
		expect(run).not.toHaveBeenCalled();
		started.wake('job');
		await vi.waitFor(() => expect(run).toHaveBeenCalledTimes(1));
		app.events.publish({ name: 'agent.left', payload: { session_id: 'session_x' } });
		await vi.waitFor(() => expect(run).toHaveBeenCalledTimes(2));
	});

	it('aborts a hung run, counts it as failed and runs again', async () => {
		const signals: AbortSignal[] = [];
		const run = vi.fn((_: unknown, signal: AbortSignal) => {
			signals.push(signal);
			return signals.length === 1 ? new Promise<void>(() => undefined) : Promise.resolve();
		});
		start({ name: 'hangs', interval_ms: 1, limit_ms: 20, run });
		await vi.waitFor(() => expect(run.mock.calls.length).toBeGreaterThan(1));
		expect(signals[0]?.aborted).toBe(true);
		const failures = (await app.metrics.jobFailures.get()).values;
		expect(failures).toContainEqual({ labels: { job: 'hangs' }, value: 1 });
		await vi.waitFor(async () => {
			const { values } = await app.metrics.jobLastSuccess.get();
			expect(values.map(({ labels }) => labels.job)).toContain('hangs');
		});
	});

	it('does not abort a long run that keeps making progress', async () => {
		let aborted = false;
		let rounds = 0;
		const run = vi.fn(async (_: unknown, signal: AbortSignal, waitForWork: () => Promise<void>) => {
			for (; rounds < 30 && !signal.aborted; rounds += 1) await waitForWork();
			aborted ||= signal.aborted;
		});
		start({ interval_ms: 5, limit_ms: 2_000, run });
		await vi.waitFor(() => expect(rounds).toBe(30));
		expect(aborted).toBe(false);
	});

	it('never overlaps itself, and runs once more for all wakes during a run', async () => {
		let running = 0;
		let maxRunning = 0;
		const gates = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
		const run = vi.fn(async () => {
			maxRunning = Math.max(maxRunning, ++running);
			await gates[run.mock.calls.length - 1]?.promise;
			running -= 1;
		});
		const started = start({ run });
		for (let wake = 0; wake < 5; wake++) started.wake('job');
		expect(run).toHaveBeenCalledTimes(1);
		for (const gate of gates) gate.resolve();
		await vi.waitFor(() => expect(run).toHaveBeenCalledTimes(2));
		await started.stop();
		expect(run).toHaveBeenCalledTimes(2);
		expect(maxRunning).toBe(1);
	});

	it('notices every wake during a run', async () => {
		const onWake = vi.fn();
		const started = start({
			async run(_, signal, waitForWork) {
				while (!signal.aborted) {
					await waitForWork();
					onWake();
				}
			},
		});
		started.wake('job');
		for (const count of [1, 2, 3]) {
			const before = onWake.mock.calls.length;
			started.wake('job');
			await vi.waitFor(() => expect(onWake.mock.calls.length).toBeGreaterThan(before));
			expect(onWake.mock.calls.length).toBeGreaterThanOrEqual(count);
		}
		const stopped = started.stop();
		started.wake('job');
		await stopped;
	});

	it('is woken at its interval during a run', async () => {
		const onWake = vi.fn();
		start({
			interval_ms: 5,
			async run(_, signal, waitForWork) {
				while (!signal.aborted) {
					await waitForWork();
					onWake();
				}
			},
		});
		await vi.waitFor(() => expect(onWake.mock.calls.length).toBeGreaterThan(3));
	});

	it('keeps running after failures', async () => {
		const run = vi.fn(() => Promise.reject(new Error('the database is unavailable')));
		const log = vi.spyOn(app.log, 'error');
		start({ interval_ms: 1, run });
		await vi.waitFor(() => expect(run.mock.calls.length).toBeGreaterThan(3));
		expect(log).toHaveBeenCalledWith(expect.objectContaining({ job: 'job' }), 'a job failed');
	});
});

describe('stopping', () => {
	it('aborts the run in progress and waits for it', async () => {
		const gate = Promise.withResolvers<void>();
		let signal: AbortSignal | undefined;
		let isDone = false;
		const started = start({
			async run(_, runSignal) {
				signal = runSignal;
				await gate.promise;
				isDone = true;
			},
		});
		started.wake('job');
		const stopped = started.stop();
		expect(signal?.aborted).toBe(true);
		expect(isDone).toBe(false);
		gate.resolve();
		await stopped;
		expect(isDone).toBe(true);
	});

	it('starts no further runs', async () => {
		const run = vi.fn(() => Promise.resolve());
		const started = start({ interval_ms: 1, run });
		await started.stop();
		const calls = run.mock.calls.length;
		started.wake('job');
		await new Promise((resolve) => setImmediate(resolve));
		expect(run).toHaveBeenCalledTimes(calls);
	});
});
