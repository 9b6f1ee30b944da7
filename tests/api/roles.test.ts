import { eq } from 'drizzle-orm';
import { beforeAll, expect, it } from 'vitest';
import { problem } from '#lib/contract/problem.ts';
import { auth_sessions } from '#lib/server/core/db/schema/index.ts';
import { signInForCookie, createUser } from '../factories/user.ts';
import type { ApiClient, ApiRequest } from '../support/api-client.ts';
import { OPERATIONS, prepareRequest } from '../support/contract-cases.ts';
import { useContractFixtures } from '../support/contract-fixtures.ts';

const { t, fixtures } = useContractFixtures('roles');

/** Operations that agents may not do, although keys need a lesser scope than `admin`. */
const ADMIN_ONLY = new Set([
	'DELETE /api/sessions/{session_id}',
	// Other people's notes.
	'PATCH /api/sessions/{session_id}/notes/{note_id}',
	'DELETE /api/sessions/{session_id}/notes/{note_id}',
	// Replies for the whole team.
	'POST /api/canned-replies',
	'PATCH /api/canned-replies/{canned_reply_id}',
	'DELETE /api/canned-replies/{canned_reply_id}',
]);

let client: ApiClient;
let agent: Record<string, string>;

beforeAll(async () => {
	({ client } = fixtures());
	const cookie = await signInForCookie(t.app, await createUser(t.app, { role: 'agent' }));
	agent = { cookie, origin: t.app.config.publicUrl };
});

const getScopes = (name: string) =>
	client.findOperation(name).security.flatMap((way) => Object.values(way).flat());
/** Turns a request that succeeds into one by a signed-in agent. */
const asAgent = (request: ApiRequest): ApiRequest => ({
	...request,
	key: null,
	headers: { ...request.headers, ...agent },
});

it.each(OPERATIONS)(
	'agents are forbidden to call %s if and only if it is for admins',
	async (name) => {
		const answer = await client.request(name, asAgent(await prepareRequest(name, fixtures())));
		const isForAdmins = getScopes(name).includes('admin') || ADMIN_ONLY.has(name);
		expect(answer.status === 403).toBe(isForAdmins);
		if (isForAdmins) expect(answer.as(problem).detail).not.toMatch(/scope|key/);
	},
);

/** Operations that require a recent sign-in, in case an auth session is stolen or left open. */
const NEEDS_RECENT_SIGN_IN = [
	'PATCH /api/users/{id}',
	'POST /api/users/{id}/sign-out',
	'DELETE /api/users/{id}/two-factor',
	'POST /api/invitations',
	'POST /api/invitations/{id}/send-again',
	'DELETE /api/invitations/{id}',
	'POST /api/api-keys',
	'DELETE /api/api-keys/{id}',
	'DELETE /api/sessions/{session_id}',
	'GET /api/sessions.csv',
	'GET /api/leads.csv',
	'POST /api/visitors/export',
	'POST /api/visitors/erase',
	'PUT /api/sites/{key}/n8n',
	'POST /api/sites/{key}/n8n/disconnect',
];

it.each(NEEDS_RECENT_SIGN_IN)(
	'an admin must confirm a password entered over 15 minutes ago for %s',
	async (name) => {
		const admin = await createUser(t.app, { role: 'admin' });
		const cookie = await signInForCookie(t.app, admin);
		const request = await prepareRequest(name, fixtures());
		const confirmed_at = new Date(t.app.clock().getTime() - 15 * 60_000);
		const isOwnSession = eq(auth_sessions.userId, admin.id);
		await t.app.db.update(auth_sessions).set({ confirmed_at }).where(isOwnSession);
		const headers = { ...request.headers, cookie, origin: t.app.config.publicUrl };
		const answer = await client.request(name, { ...request, key: null, headers });
		expect(answer.as(problem).type).toBe('urn:frontdesk:problem:confirmation_required');
	},
);

it('an agent may not delete chats in bulk', async () => {
	const request = asAgent({ body: { act: 'delete', session_ids: ['session_unknown'] } });
	expect((await client.request('POST /api/sessions/bulk', request)).status).toBe(403);
});
