// Lets `vi.waitFor` and `vi.waitUntil` wait as long as `expect.poll` by default. A second, their own default, is too short for a
// busy machine. Vitest has no setting for it.
import { vi } from 'vitest';
import { PATIENCE_MS } from './patience-ms.ts';

const { waitFor, waitUntil } = vi;
vi.waitFor = (callback, options) => waitFor(callback, withPatience(options));
vi.waitUntil = (callback, options) => waitUntil(callback, withPatience(options));

function withPatience<Options extends { timeout?: number }>(options?: number | Options) {
	return typeof options === 'number' ? options : { timeout: PATIENCE_MS, ...options };
}
