import { beforeAll, afterAll, vi } from 'vitest';
import { cookieOf, makeUser } from '../factories/user.ts';
import type { TestServer } from './server.ts';

/** Sends what the dashboard's client (`api` of `src/lib/client/api/call.ts`) asks to a test server, signed in as an admin. */
export function useSignedInClient(server: TestServer): void {
	beforeAll(async () => {
		const cookie = await cookieOf(server.app, await makeUser(server.app, { role: 'admin' }));
		const origin = new URL(server.app.config.publicUrl).origin;
		const send = fetch;
		vi.stubGlobal('fetch', (path: string, init: RequestInit = {}) => {
			if (!path.startsWith('/')) return send(path, init);
			const headers = new Headers(init.headers);
			headers.set('cookie', cookie);
			headers.set('origin', origin);
			return send(server.url + path, { ...init, headers });
		});
	});
	afterAll(() => vi.unstubAllGlobals());
}
