import { beforeAll, afterAll, vi } from 'vitest';
import { api, chatApi, leadApi, visitorApi } from '#lib/client/api/chats-api.ts';
import { automationApi, testApi } from '#lib/client/api/automation-api.ts';
import { reviewApi } from '#lib/client/api/reviews-api.ts';
import { settingsApi, sitesApi } from '#lib/client/api/settings-api.ts';
import { cookieOf, makeUser } from '../factories/user.ts';
import type { TestServer } from './server.ts';

const PARTS = {
	api,
	automationApi,
	chatApi,
	leadApi,
	reviewApi,
	settingsApi,
	sitesApi,
	testApi,
	visitorApi,
};

/**
 * The client of the pages, typed by the contract, at a real server as an admin who is signed in; `asked` is what was
 * called of it, `all` everything that it has.
 */
export function useTypedClient(server: TestServer) {
	const asked = new Set<string>();
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
	const watched = <T extends object>(name: string, part: T): T =>
		new Proxy(part, {
			get(target, method, receiver) {
				asked.add(`${name}.${String(method)}`);
				return Reflect.get(target, method, receiver) as unknown;
			},
		});
	return {
		asked,
		all: Object.entries(PARTS).flatMap(([name, part]) =>
			Object.keys(part).map((method) => `${name}.${method}`),
		),
		api: watched('api', api),
		automation: watched('automationApi', automationApi),
		chats: watched('chatApi', chatApi),
		leads: watched('leadApi', leadApi),
		reviews: watched('reviewApi', reviewApi),
		settings: watched('settingsApi', settingsApi),
		sites: watched('sitesApi', sitesApi),
		tests: watched('testApi', testApi),
		visitors: watched('visitorApi', visitorApi),
	};
}
