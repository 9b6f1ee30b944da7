import { expect, it, vi } from 'vitest';
import type { Log } from '../log.ts';
import { createExhaustionWarning } from './exhaustion-warning.ts';

it('warns once a minute for each cause that an administrator must fix', () => {
	const warn = vi.fn();
	let now = 0;
	const onError = createExhaustionWarning({ warn } as unknown as Log, () => now);
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
