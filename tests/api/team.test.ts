import { beforeAll, describe, expect, it } from 'vitest';
import type { Scope } from '#lib/contract/api-key.ts';
import { session as sessionSchema } from '#lib/contract/session.ts';
import { createApiKey, revokeApiKey } from '#lib/server/team/api-keys/index.ts';
import { createChat } from '../factories/chat.ts';
import { createUser, signInForCookie } from '../factories/user.ts';
import { expectProblem, useTestApi, type CallOptions } from '../support/api.ts';
import { API_KEY } from '../support/server-api.ts';

const PUBLIC_URL = 'https://chat.example.com';
const { t, call, createKeyFor } = useTestApi({ PUBLIC_URL, RATE_LIMIT: 'off' });

/** Routes for API clients, each with its scope and a valid body. */
const ROUTES: [method: string, path: string, scope: Scope, body?: unknown][] = [
	['GET', '/api/sessions', 'sessions:read'],
	['GET', '/api/sessions/1', 'sessions:read'],
	['PATCH', '/api/sessions/1', 'sessions:write', { archive_status: 'archived' }],
	['DELETE', '/api/sessions/1', 'admin'],
	['POST', '/api/sessions/1/messages', 'sessions:write', { sender: 'ai', message: 'Hi' }],
	['PUT', '/api/sessions/1/lead', 'leads:write', { name: 'Ada' }],
	['POST', '/api/sessions/1/qa', 'sessions:write', { qa_status: 'passed' }],
	['GET', '/api/sessions/1/export', 'sessions:read'],
	['GET', '/api/sessions/1/activity', 'sessions:read'],
	['GET', '/api/sessions/1/same-person', 'sessions:read'],
	['POST', '/api/sessions/1/resume-link', 'sessions:write'],
	['GET', '/api/handoffs', 'sessions:read'],
	['POST', '/api/sessions/1/handoff', 'sessions:write'],
	['DELETE', '/api/sessions/1/handoff', 'sessions:write'],
	['POST', '/api/sessions/1/take-over', 'sessions:write', { name: 'Ada' }],
	['POST', '/api/sessions/1/hand-back', 'sessions:write'],
	['POST', '/api/sessions/1/reply', 'sessions:write', { message: 'Hi', name: 'Ada' }],
	['POST', '/api/sessions/1/sign-out-visitor', 'sessions:write'],
	['GET', '/api/sessions/1/notes', 'sessions:read'],
	['POST', '/api/sessions/1/notes', 'sessions:write', { note: 'A cousin' }],
	['DELETE', '/api/sessions/1/notes/99', 'sessions:write'],
	['GET', '/api/canned-replies', 'sessions:read'],
	['DELETE', '/api/canned-replies/99', 'sessions:write'],
	['GET', '/api/messenger-sessions', 'sessions:read'],
	['GET', '/api/conversation/1', 'sessions:read'],
	['GET', '/api/leads', 'leads:read'],
	['GET', '/api/leads.csv', 'leads:read'],
	['GET', '/api/sessions.csv', 'sessions:read'],
	['POST', '/api/visitors/find', 'sessions:read', { email: 'nobody@example.com' }],
	['POST', '/api/visitors/export', 'sessions:read', { email: 'nobody@example.com' }],
	['POST', '/api/visitors/erase', 'admin', { email: 'nobody@example.com', confirm: 'erase' }],
	['GET', '/api/deliveries', 'leads:read'],
	['POST', '/api/deliveries/1/replay', 'leads:write'],
	['POST', '/api/deliveries/replay', 'leads:write', { ids: [1] }],
	['POST', '/api/errors', 'errors:write', { workflow: 'Chat', message: 'It broke' }],
	['GET', '/api/errors', 'errors:read'],
	['PATCH', '/api/errors/1', 'errors:write', { resolved: true }],
	['POST', '/api/sync', 'sync'],
	['POST', '/api/sync-completion-status', 'sync'],
	['GET', '/api/users', 'sessions:read'],
	['PATCH', '/api/users/999', 'admin', { role: 'agent' }],
	['POST', '/api/users/999/sign-out', 'admin'],
	['GET', '/api/invitations', 'admin'],
	['DELETE', '/api/invitations/999', 'admin'],
	['GET', '/api/api-keys', 'admin'],
	['DELETE', '/api/api-keys/999', 'admin'],
	['GET', '/api/audit-entries', 'admin'],
	['GET', '/api/mails', 'admin'],
	['GET', '/api/mails/999', 'admin'],
	['POST', '/api/mails/999/send-again', 'admin'],
];
/** Operations with effects that outlive an API key: only for signed-in admins and the environment's key. */
const GRANTS: [method: string, path: string, body?: unknown][] = [
	['POST', '/api/invitations', { email: 'program@example.com', role: 'admin' }],
	['POST', '/api/invitations/999/send-again'],
	['PATCH', '/api/users/999', { email: 'program@example.com' }],
	['PATCH', '/api/users/999', { role: 'admin' }],
	['PATCH', '/api/users/999', { name: 'Ada', is_active: true }],
	['POST', '/api/api-keys', { name: 'n8n', scopes: ['sync'] }],
	['PUT', '/api/sites/default/n8n', { url: 'http://127.0.0.1:9', api_key: 'secret' }],
];
const ALL_SCOPES: Scope[] = [
	'sessions:read',
	'sessions:write',
	'leads:read',
	'leads:write',
	'stats:read',
	'quality:read',
	'quality:write',
	'errors:write',
	'errors:read',
	'sync',
];

beforeAll(async () => {
	await createChat(t.ctx());
});

describe.each(ROUTES)('%s %s', (method, path, scope, body) => {
	it('is 401 without a key, with a wrong one or one in the wrong header', async () => {
		const wrong: CallOptions[] = [
			{ key: null },
			{ key: 'wrong' },
			{ key: null, headers: { Authorization: 'Bearer wrong' } },
			{ key: null, headers: { Authorization: API_KEY } },
			{ key: null, headers: { Cookie: 'frontdesk_session=wrong; =; %' } },
		];
		for (const options of wrong) {
			const response = await call(method, path, { body, ...options });
			expect(response.headers.get('WWW-Authenticate')).toMatch(/^Bearer/);
			await expectProblem(response, 'unauthorized');
		}
	});

	it(`is 403 with every scope except ${scope}`, async () => {
		const key = await createKeyFor(...ALL_SCOPES.filter((other) => other !== scope));
		await expectProblem(await call(method, path, { body, key }), 'forbidden');
	});

	it(`is allowed with the scope ${scope}`, async () => {
		const { status } = await call(method, path, { body, key: await createKeyFor(scope) });
		expect([200, 201, 204, 404]).toContain(status);
	});
});

describe.each(GRANTS)('%s %s %j', (method, path, body) => {
	it('is forbidden to created keys, and allowed with the environment’s key', async () => {
		for (const key of [await createKeyFor('admin'), await createKeyFor(...ALL_SCOPES)]) {
			await expectProblem(await call(method, path, { body, key }), 'forbidden');
		}
		expect([200, 201, 404]).toContain((await call(method, path, { body })).status);
	});
});

describe('an API client', () => {
	it('may send its key as a bearer token', async () => {
		const headers = { Authorization: `Bearer ${API_KEY}` };
		expect((await call('GET', '/api/sessions', { key: null, headers })).status).toBe(200);
	});

	it('is refused as soon as its key is revoked', async () => {
		const { key, api_key } = await createApiKey(t.ctx(), { name: 'Old', scopes: ['admin'] });
		expect((await call('GET', '/api/sessions', { key })).status).toBe(200);
		await revokeApiKey(t.ctx(), api_key.id);
		await expectProblem(await call('GET', '/api/sessions', { key }), 'unauthorized');
	});
});

describe('a signed-in user', () => {
	const signInAs = async (role: 'admin' | 'agent' = 'agent') =>
		signInForCookie(t.app, await createUser(t.app, { role }));

	it('may read with only the cookie', async () => {
		const headers = { Cookie: await signInAs() };
		expect((await call('GET', '/api/sessions', { key: null, headers })).status).toBe(200);
	});

	it('may write only from the dashboard’s origin', async () => {
		const { session_id } = await createChat(t.ctx());
		const Cookie = await signInAs();
		const archive = (headers: Record<string, string>) =>
			call('PATCH', `/api/sessions/${session_id}`, {
				key: null,
				body: { archive_status: 'archived' },
				headers: { Cookie, ...headers },
			});
		await expectProblem(await archive({}), 'forbidden');
		await expectProblem(await archive({ Origin: 'https://evil.example' }), 'forbidden');
		await expectProblem(await archive({ Origin: 'null' }), 'forbidden');
		const response = await archive({ Origin: PUBLIC_URL });
		expect(sessionSchema.parse(await response.json()).archive_status).toBe('archived');
	});

	it('may delete a chat session only as an admin', async () => {
		const { session_id } = await createChat(t.ctx());
		const remove = async (role: 'admin' | 'agent') =>
			call('DELETE', `/api/sessions/${session_id}`, {
				key: null,
				headers: { Cookie: await signInAs(role), Origin: PUBLIC_URL },
			});
		await expectProblem(await remove('agent'), 'forbidden');
		expect((await remove('admin')).status).toBe(204);
	});
});
