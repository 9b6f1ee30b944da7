import { beforeAll } from 'vitest';
import { useTestApi } from './api.ts';
import { createApiClient } from './api-client.ts';
import type { Fixtures } from './contract-cases.ts';
import { MESSENGER_ENVIRONMENT } from './messenger.ts';
import { useStandIn } from './use-stand-in.ts';

/** Starts an API with every channel enabled, and creates the fixtures of the contract tests. Call `fixtures()` only within tests. */
export function useContractFixtures(receiver: string) {
	const api = useTestApi({
		TRUST_PROXY: 'true',
		OUTBOUND_ALLOW_PRIVATE: 'true',
		RESEND_API_KEY: 're_nothing_is_sent_here',
		MAIL_FROM: 'Frontdesk <frontdesk@example.com>',
		...MESSENGER_ENVIRONMENT,
	});
	const { t, call } = api;
	const standIn = useStandIn();
	let fixtures: Fixtures;
	beforeAll(async () => {
		const document: unknown = await (await call('GET', '/api/openapi.json')).json();
		// Each call comes from its own network, so that none is rate-limited.
		let calls = 0;
		const client = createApiClient(document, (method, path, options = {}) => {
			const address = `2001:db8:0:${(calls++).toString(16)}::1`;
			const headers = { ...options.headers, 'X-Forwarded-For': address };
			return call(method, path, { ...options, headers });
		});
		if (t.app.config.messenger) t.app.config.messenger.apiUrl = standIn().messenger.url;
		fixtures = { t, client, receiver: standIn().webhooks.url(receiver), cookies: new Map() };
		t.app.turns.start();
	});
	return { ...api, fixtures: () => fixtures };
}
