import { expect, it, vi } from 'vitest';
import type { Log } from '../log.ts';
import { createExhaustionWatch } from './health.ts';

it('warns once a minute for each cause that an administrator must fix', () => {
	const warn = vi.fn();
	let now = 0;
	const { onError } = createExhaustionWatch({ warn } as unknown as Log, () => now);
	for (const sqlstate of ['53100', '53100', '53300', '23505', 'ECONNREFUSED']) onError(sqlstate);
	now = 59_999;
	onError('53100');
	expect(warn.mock.calls.map(([fields]) => fields as unknown)).toEqual([
		{ sqlstate: '53100' },
		{ sqlstate: '53300' },
	]);
	now = 60_000;
	onError('53100');
	expect(warn).toHaveBeenCalledTimes(3);
	expect(warn).toHaveBeenLastCalledWith(
		{ sqlstate: '53100' },
		expect.stringContaining('disk space'),
	);
});

it('knows that disk space is missing until ten seconds after the last failed write', () => {
	let now = 0;
	const watch = createExhaustionWatch({ warn: vi.fn() } as unknown as Log, () => now);
	watch.onError('53300');
	expect(watch.isOutOfSpace()).toBe(false);
	watch.onError('53100');
	now = 9_999;
	expect(watch.isOutOfSpace()).toBe(true);
	now = 10_000;
	expect(watch.isOutOfSpace()).toBe(false);
});
