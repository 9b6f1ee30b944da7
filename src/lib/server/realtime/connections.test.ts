import { expect, it, vi } from 'vitest';
import { createStickinessWarning } from './connections.ts';

/** Reports requests of unknown sessions at the given seconds after the start. Returns the number of warnings. */
function countWarnings(seconds: number[], redisUrl: string | undefined = 'redis://localhost') {
	const warn = vi.fn();
	let time = 5_000;
	const report = createStickinessWarning({ redisUrl }, { warn }, () => time);
	for (const second of seconds) {
		time = 5_000 + second * 1000;
		report();
	}
	return warn.mock.calls.length;
}

const every = (seconds: number, { from = 61, count = 30 } = {}) =>
	Array.from({ length: count }, (_, index) => from + index * seconds);

it('a load balancer without sticky sessions is logged once', () => {
	expect(countWarnings(every(2))).toBe(1);
	expect(countWarnings([...every(2), ...every(2, { from: 300 })])).toBe(1);
	expect(countWarnings([...every(30), ...every(1, { from: 5_000 })])).toBe(1);
});

it('clients that return after a pause or a restart, or to a single process, are not logged', () => {
	expect(countWarnings(every(30))).toBe(0);
	expect(countWarnings(every(1, { from: 0, count: 60 }))).toBe(0);
	const warn = vi.fn();
	const report = createStickinessWarning({ redisUrl: undefined }, { warn }, () => 90_000);
	for (let count = 0; count < 30; count += 1) report();
	expect(warn).not.toHaveBeenCalled();
});
