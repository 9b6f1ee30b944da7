import { afterEach, beforeAll, beforeEach, vi } from 'vitest';
import { signInForCookie, createUser } from '../factories/user.ts';
import type { TestServer } from './server.ts';

/** Sends the requests of the dashboard's client (`api` of `src/lib/client/api/call.ts`) to a test server, signed in as an admin. */
export function useSignedInClient(server: TestServer): void {
	let cookie: string;
	beforeAll(async () => {
		cookie = await signInForCookie(server.app, await createUser(server.app, { role: 'admin' }));
	});
	beforeEach(() => {
		const { origin } = new URL(server.app.config.publicUrl);
		const send = fetch;
		vi.spyOn(globalThis, 'fetch').mockImplementation((input, init = {}) => {
			if (typeof input !== 'string' || !input.startsWith('/')) return send(input, init);
			const headers = new Headers(init.headers);
			headers.set('cookie', cookie);
			headers.set('origin', origin);
			return send(server.url + input, { ...init, headers });
		});
	});
	afterEach(() => vi.restoreAllMocks());
}
