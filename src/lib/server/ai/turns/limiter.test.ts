import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Limiter } from './limiter.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Creates a task that runs until it is released. */
function createHeldTask() {
	const { promise, resolve } = Promise.withResolvers<void>();
	return { work: vi.fn(() => promise), release: resolve };
}
const settle = () => vi.advanceTimersByTimeAsync(0);

it('runs up to the limit at once and the rest in order', async () => {
	const limiter = new Limiter();
	const tasks = [createHeldTask(), createHeldTask(), createHeldTask(), createHeldTask()];
	const all = tasks.map(({ work }) => limiter.run(1, work, { limit: () => 2 }));
	const started = () => tasks.map(({ work }) => work.mock.calls.length);
	expect(limiter.isBusy(1, 2)).toBe(true);
	expect(started()).toEqual([1, 1, 0, 0]);
	tasks[1]?.release();
	await settle();
	expect(started()).toEqual([1, 1, 1, 0]);
	for (const { release } of tasks) release();
	await Promise.all(all);
	expect(started()).toEqual([1, 1, 1, 1]);
	expect(limiter.isBusy(1, 1)).toBe(false);
});

it('tasks of different keys never wait for each other', () => {
	const limiter = new Limiter();
	const [slow, other] = [createHeldTask(), createHeldTask()];
	void limiter.run(1, slow.work, { limit: () => 1 });
	void limiter.run(2, other.work, { limit: () => 1 });
	expect(other.work).toHaveBeenCalledOnce();
});

it('a task that waits too long runs its timeout handler instead and holds no slot', async () => {
	const limiter = new Limiter();
	const [slow, late, next] = [createHeldTask(), createHeldTask(), createHeldTask()];
	void limiter.run(1, slow.work, { limit: () => 1 });
	const onTimeout = vi.fn(() => Promise.resolve());
	const waiting = limiter.run(1, late.work, { limit: () => 1, maxWaitMs: 60_000, onTimeout });
	await vi.advanceTimersByTimeAsync(59_999);
	expect(onTimeout).not.toHaveBeenCalled();
	await vi.advanceTimersByTimeAsync(1);
	await waiting;
	expect(onTimeout).toHaveBeenCalledOnce();
	void limiter.run(1, next.work, { limit: () => 1, maxWaitMs: 60_000, onTimeout });
	slow.release();
	await settle();
	expect(next.work).toHaveBeenCalledOnce();
	await vi.advanceTimersByTimeAsync(120_000);
	expect(late.work).not.toHaveBeenCalled();
	expect(onTimeout).toHaveBeenCalledOnce();
});

it('a failed task releases its slot', async () => {
	const limiter = new Limiter();
	const failing = limiter.run(1, () => Promise.reject(new Error('no')), { limit: () => 1 });
	await expect(failing).rejects.toThrow('no');
	expect(limiter.isBusy(1, 1)).toBe(false);
});

it('a raised limit starts waiting tasks, and a lowered one lets running tasks finish', async () => {
	const limiter = new Limiter();
	const tasks = Array.from({ length: 6 }, createHeldTask);
	let limit = 1;
	const all = tasks.map(({ work }) => limiter.run(1, work, { limit: () => limit }));
	const started = () => tasks.filter(({ work }) => work.mock.calls.length > 0).length;
	expect(started()).toBe(1);
	limit = 4;
	limiter.refillAll();
	await settle();
	expect(started()).toBe(4);
	limit = 2;
	for (const { release } of tasks.slice(0, 2)) release();
	await settle();
	expect(started()).toBe(4);
	tasks[2]?.release();
	await settle();
	expect(started()).toBe(5);
	for (const { release } of tasks) release();
	await Promise.all(all);
	expect(limiter.running.size).toBe(0);
});
