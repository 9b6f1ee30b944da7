import { beforeAll, expect, it } from 'vitest';
import { problem } from '../../src/lib/contract/problem';
import { startTurns } from '../../src/lib/server/ai';
import { cookieOf, makeUser } from '../factories/user';
import { useTestApi } from '../support/api';
import { createApiClient, type ApiClient, type Asked } from '../support/api-client';
import { CASES, type World } from '../support/contract-cases';
import { MESSENGER_ENVIRONMENT } from '../support/messenger';
import { useStandIn } from '../support/use-stand-in';

const { t, call } = useTestApi({
	TRUST_PROXY: 'true',
	OUTBOUND_ALLOW_PRIVATE: 'true',
	RESEND_API_KEY: 're_nothing_is_sent_here',
	MAIL_FROM: 'Frontdesk <frontdesk@example.com>',
	...MESSENGER_ENVIRONMENT,
});
const standIn = useStandIn();

/** What agents may not do either, though keys need less than `admin` for it. */
const ADMINS_TOO = new Set([
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
let world: World;
let agent: Record<string, string>;

beforeAll(async () => {
	const document: unknown = await (await call('GET', '/api/openapi.json')).json();
	let calls = 0;
	client = createApiClient(document, (method, path, options = {}) => {
		const address = `2001:db8:1:${(calls++).toString(16)}::1`;
		const headers = { ...options.headers, 'X-Forwarded-For': address };
		return call(method, path, { ...options, headers });
	});
	world = { t, client, receiver: standIn().webhooks.url('roles'), people: new Map() };
	startTurns(t.app);
	const cookie = await cookieOf(t.app, await makeUser(t.app, { role: 'agent' }));
	agent = { cookie, origin: t.app.config.publicUrl };
});

const scopesOf = (name: string) =>
	client.operationOf(name).security.flatMap((way) => Object.values(way).flat());
/** What would succeed, asked by an agent who has signed in. */
const asAgent = (asked: Asked): Asked => ({
	...asked,
	key: null,
	headers: { ...asked.headers, ...agent },
});

// That every operation of the OpenAPI document has a case, contract.test.ts sees to.
it.each(Object.keys(CASES))(
	'an agent is refused %s where it is for admins, and only there',
	async (name) => {
		const answer = await client.ask(name, asAgent((await CASES[name]?.(world)) ?? {}));
		const isForAdmins = scopesOf(name).includes('admin') || ADMINS_TOO.has(name);
		expect(answer.status === 403).toBe(isForAdmins);
		if (isForAdmins) expect(answer.as(problem).detail).not.toMatch(/scope|key/);
	},
);

it('an agent archives many chats at once, and deletes none', async () => {
	const asked = asAgent({ body: { act: 'delete', session_ids: ['session_unknown'] } });
	expect((await client.ask('POST /api/sessions/bulk', asked)).status).toBe(403);
});
