// Gives `vi.waitFor` and `vi.waitUntil` the timeout of `expect.poll`. Their default of one second is too short for a busy machine, and
// Vitest has no setting for it.
import { vi } from 'vitest';
import { WAIT_TIMEOUT_MS } from './wait-timeout.ts';

const { waitFor, waitUntil } = vi;
vi.waitFor = (callback, options) => waitFor(callback, withTimeout(options));
vi.waitUntil = (callback, options) => waitUntil(callback, withTimeout(options));

function withTimeout<Options extends { timeout?: number }>(options?: number | Options) {
	return typeof options === 'number' ? options : { timeout: WAIT_TIMEOUT_MS, ...options };
}
