import { createECDH, randomBytes, randomUUID } from 'node:crypto';
import { z } from 'zod';
import { createdApiKey } from '#lib/contract/api-key.ts';
import { DEFAULT_NOTIFICATION_SETTINGS } from '#lib/contract/notification.ts';
import { startedSession } from '#lib/contract/widget.ts';
import { createApi } from '#lib/server/api/index.ts';
import { createOpenApiDocument } from '#lib/server/api/openapi-document.ts';
import type { App } from '#lib/server/core/context.ts';
import { ai_turns, mails } from '#lib/server/core/db/schema/index.ts';
import { createEndpoint } from '#lib/server/delivery/webhooks/index.ts';
import { createChat } from '../factories/chat.ts';
import { createDelivery } from '../factories/delivery.ts';
import { createFlag } from '../factories/flag.ts';
import { signInForCookie, createUser } from '../factories/user.ts';
import type { ApiClient, ApiRequest } from './api-client.ts';
import type { TestApp } from './app.ts';
import { createBatch, MESSENGER_ENVIRONMENT, signBody, createText } from './messenger.ts';
import { SECOND_PAGE } from './stand-in/messenger.ts';

/** The dependencies with which cases prepare their requests. */
export interface Fixtures {
	t: TestApp;
	client: ApiClient;
	/** A webhook address that answers 200. */
	receiver: string;
	/** One signed-in user's cookie per role, since signing in is slow and rate-limited. */
	cookies: Map<string, string>;
}

/** Prepares a request that succeeds, and creates the data it needs. */
type Case = (fixtures: Fixtures) => Promise<ApiRequest>;

const withId = z.object({ id: z.number() });
const plain: Case = async () => ({});
const site = { key: 'default' };

const chat: Case = async ({ t }) => {
	const { session_id } = await createChat(t.ctx(), {
		lead: { name: 'Ada', email: 'ada@example.com' },
	});
	return { params: { session_id } };
};
const withBody =
	(body: unknown): Case =>
	async () => ({ body });
const withQuery =
	(query: ApiRequest['query']): Case =>
	async () => ({ query });
const chatWith =
	(extra: ApiRequest): Case =>
	async (fixtures) => ({ ...(await chat(fixtures)), ...extra });

/** Sends the request with the cookie of a signed-in user: the same one per role, or a new one. */
const signedInAs =
	(role: 'admin' | 'agent', request: Case = plain, isNew = false): Case =>
	async (fixtures) => {
		const { t, cookies } = fixtures;
		const known = isNew ? undefined : cookies.get(role);
		const cookie = known ?? (await signInForCookie(t.app, await createUser(t.app, { role })));
		cookies.set(role, cookie);
		const headers = { cookie, origin: t.app.config.publicUrl };
		return { key: null, headers, ...(await request(fixtures)) };
	};

/** Creates something with another operation first, and puts its id into the path. */
const afterCreating =
	(operation: string, creation: Case, name: string, extra: ApiRequest = {}): Case =>
	async (fixtures) => {
		const request = await creation(fixtures);
		const response = await fixtures.client.request(operation, request);
		const { id } = response.as(withId);
		const { key, headers, params } = request;
		return {
			...(key === null && { key, headers }),
			params: { ...params, [name]: id },
			...extra,
		};
	};

/** A chat session whose visitor waits for a person. */
const waitingChat: Case = async (fixtures) => {
	const request = await chat(fixtures);
	await fixtures.client.request('POST /api/sessions/{session_id}/handoff', request);
	return request;
};

const visitor: Case = async ({ client }) => {
	const started = await client.request('POST /api/embed-chat/sessions', {
		body: { site: 'default' },
	});
	const { session_id, token } = started.as(startedSession);
	return { key: null, query: { session_id }, headers: { authorization: `Bearer ${token}` } };
};
const note = chatWith({ body: { note: 'Called them' } });
const CREATE_NOTE = 'POST /api/sessions/{session_id}/notes';
const flagged: Case = async (fixtures) => {
	const { t } = fixtures;
	const { id, session_id } = await createChat(t.ctx());
	const created = await createFlag(t.app, id);
	return { params: { session_id, flag_id: created.id }, body: { dismissed: true } };
};
const cannedReply = withBody({ title: 'Hours', text: 'We are open until six.', is_shared: true });
const filter = signedInAs('agent', async () => ({
	body: { name: `Mine ${randomUUID().slice(0, 8)}`, filter: { site: 'default' } },
}));
const device = signedInAs('agent', async ({ receiver }) => ({
	body: {
		endpoint: `${receiver}/${randomUUID()}`,
		keys: {
			p256dh: createECDH('prime256v1').generateKeys().toString('base64url'),
			auth: randomBytes(16).toString('base64url'),
		},
	},
}));
const failure = { workflow: 'CRM sync', message: '429 Too Many Requests' };
const errorGroup =
	(extra: ApiRequest = {}, hasId = false): Case =>
	async ({ client }) => {
		const reported = await client.request('POST /api/errors', { body: failure });
		const { id, group_id } = reported.as(withId.extend({ group_id: z.number() }));
		return { params: { group_id, ...(hasId && { id }) }, ...extra };
	};
const endpoint =
	(extra: ApiRequest = {}): Case =>
	async ({ t, receiver }) => ({
		params: {
			id: (
				await createEndpoint(t.ctx(), {
					site: 'default',
					url: receiver,
					events: ['lead.completed'],
				})
			).id,
		},
		...extra,
	});
const failedDelivery: Case = async ({ t, receiver }) => {
	const created = await createDelivery(
		t.ctx(),
		await createEndpoint(t.ctx(), { site: 'default', url: receiver, events: ['lead.completed'] }),
		{
			status: 'failed',
			next_attempt_at: null,
		},
	);
	return { params: { id: created.id } };
};
const ownToken = withBody({ token: SECOND_PAGE.token });
const connectedPage: Case = async (fixtures) => {
	await fixtures.client.request('POST /api/messenger/pages', await ownToken(fixtures));
	return { params: { page_id: SECOND_PAGE.id } };
};
const invitation = withBody({ email: 'grace@example.com', role: 'agent' });
const invited =
	(extra: ApiRequest = {}): Case =>
	async ({ client, t }) => {
		const body = {
			email: `${t.app.clock().getTime()}-${Math.random()}@example.com`,
			role: 'agent',
		};
		const created = await client.request('POST /api/invitations', { body });
		return { params: { id: created.as(z.object({ invitation: withId })).invitation.id }, ...extra };
	};
const otherUser =
	(extra: ApiRequest = {}): Case =>
	async ({ t }) => {
		// The last admin can't be changed.
		await createUser(t.app, { role: 'admin' });
		return { params: { id: (await createUser(t.app)).id }, ...extra };
	};
const testMail = signedInAs('admin');
const sentMail: Case = afterCreating('POST /api/mails/test', testMail, 'id');
const failedMail: Case = async (fixtures) => {
	const request = await sentMail(fixtures);
	await fixtures.t.app.db.update(mails).set({ status: 'failed' });
	return request;
};
const testChat: Case = async ({ client }) => {
	const created = await client.request('POST /api/test-chats', { body: { site: 'default' } });
	return { params: { session_id: created.as(z.object({ session_id: z.string() })).session_id } };
};
const chatInBody: Case = async ({ t }) => {
	const { session_id } = await createChat(t.ctx(), { messages: ['Hello', 'Ada'] });
	return { body: { session_id } };
};
// A user can run one replay at a time.
const replayCase = signedInAs('agent', chatInBody, true);
const CREATE_REPLAY = 'POST /api/replays';

const testCase = withBody({
	site: 'default',
	lines: ['Hello'],
	checks: [{ type: 'completed' }],
	context: { known: { name: 'Alex' } },
});
const savedCase = afterCreating('POST /api/cases', testCase, 'id');
const suite =
	(extra: ApiRequest = {}): Case =>
	async ({ client }) => {
		const testCaseResponse = await client.request('POST /api/cases', {
			body: { site: 'default', lines: ['Hello'], checks: [] },
		});
		const body = {
			site: 'default',
			name: 'Regression',
			case_ids: [testCaseResponse.as(withId).id],
		};
		const created = await client.request('POST /api/suites', { body });
		return { params: { id: created.as(withId).id }, ...extra };
	};
const suiteRun: Case = async (fixtures) => {
	const request = await suite()(fixtures);
	const run = await fixtures.client.request('POST /api/suites/{id}/runs', request);
	return { params: { id: run.as(withId).id } };
};
const caseResult: Case = async (fixtures) => {
	const request = await suiteRun(fixtures);
	const run = await fixtures.client.request('GET /api/suite-runs/{id}', request);
	const results = z.object({ results: z.array(z.object({ case_id: z.number() })) });
	return { params: { ...request.params, case_id: run.as(results).results[0]?.case_id ?? 0 } };
};

const CHALLENGER = { connector: { type: 'scripted' }, share_percent: 20 };
const challenged: Case = async ({ client }) => {
	await client.request('PUT /api/sites/{key}/challenger', { params: site, body: CHALLENGER });
	return { params: site };
};

// Routes can be declared without a running app, so that tests know the operations before they start one.
const api = createApi({ config: { publicUrl: 'http://localhost' } } as App, {
	checkReadiness: () => Promise.resolve({ database: true, redis: true }),
});
const { paths } = createOpenApiDocument(api, 'http://localhost');

/** A second path of all operations on chat sessions. */
export const ALIAS = '/api/messenger-sessions';

/** All operations of the API, such as `GET /api/sessions`, without those of the alias. */
export const OPERATIONS = Object.entries(paths)
	.filter(([path]) => !path.startsWith(ALIAS))
	.flatMap(([path, methods]) =>
		Object.keys(methods).map((name) => `${name.toUpperCase()} ${path}`),
	);

/** Prepares a request that succeeds: that of the operation's case, or else one about a new chat session with the document's examples. */
export async function prepareRequest(name: string, fixtures: Fixtures): Promise<ApiRequest> {
	const ownCase = CASES[name];
	if (ownCase) return ownCase(fixtures);
	const { parameters, requestBody } = fixtures.client.findOperation(name);
	const examples = parameters.map(({ name: key, example }): [string, string] => [
		key,
		String(example),
	]);
	const { params } = name.includes('{session_id}') ? await chat(fixtures) : await plain(fixtures);
	const body = requestBody?.content['application/json']?.example;
	return {
		params: { ...Object.fromEntries(examples), ...params },
		...(body !== undefined && { body }),
	};
}

/** The cases of operations whose request with the document's examples can't succeed. */
export const CASES: Record<string, Case> = {
	'POST /api/embed-chat/events': withBody({ site: 'default', event: 'shown' }),
	'GET /api/embed-chat/config/{site_key}': async () => ({ params: { site_key: 'default' } }),
	'POST /api/embed-chat/sessions': withBody({ site: 'default' }),
	'POST /api/embed-chat/send-message': withBody({ site: 'default', message: 'Hello' }),
	'GET /api/embed-chat/history': visitor,
	'POST /api/sessions/bulk': withBody({ act: 'archive', session_ids: ['session_unknown'] }),
	'GET /api/sessions': withQuery({ site: 'default', q: 'hello', limit: 1 }),
	'PATCH /api/sessions/{session_id}': chatWith({ body: { archive_status: 'archived' } }),
	'POST /api/sessions/{session_id}/undo-completion': async (fixtures) => {
		const request = await chat(fixtures);
		const patch = { ...request, body: { completion_status: 'complete' } };
		await fixtures.client.request('PATCH /api/sessions/{session_id}', patch);
		return { ...request, body: { reason: 'The AI ended it too early' } };
	},
	'POST /api/sessions/{session_id}/messages': chatWith({
		body: [{ sender: 'user', message: 'Hello', external_id: 'sms:17' }],
	}),
	'PUT /api/sessions/{session_id}/lead': chatWith({ body: { name: 'Ada', budget: 5000 } }),
	'POST /api/sessions/{session_id}/qa': chatWith({ body: { qa_status: 'passed' } }),
	'GET /api/sessions/{session_id}/export': chatWith({ query: { format: 'json' } }),
	'POST /api/sessions/{session_id}/handoff': chatWith({ body: { reason: 'Wants a quote today' } }),
	'DELETE /api/sessions/{session_id}/handoff': waitingChat,
	'POST /api/sessions/{session_id}/take-over': chatWith({ body: { name: 'Ada Lovelace' } }),
	'POST /api/sessions/{session_id}/reply': chatWith({
		body: { message: 'This is Ada.', name: 'Ada Lovelace' },
	}),
	'PATCH /api/sessions/{session_id}/notes/{note_id}': afterCreating(
		CREATE_NOTE,
		signedInAs('agent', note),
		'note_id',
		{
			body: { note: 'Called them twice' },
		},
	),
	'DELETE /api/sessions/{session_id}/notes/{note_id}': afterCreating(
		CREATE_NOTE,
		signedInAs('agent', note),
		'note_id',
	),
	'PATCH /api/sessions/{session_id}/flags/{flag_id}': flagged,
	'PUT /api/sessions/{session_id}/review-lock': signedInAs('agent', chat),
	'DELETE /api/sessions/{session_id}/review-lock': signedInAs('agent', chat),
	'PUT /api/sessions/{session_id}/lead/contact': chatWith({ body: { contacted: true } }),
	'PUT /api/sessions/{session_id}/outcome': chatWith({
		body: { stage: 'won', value: 1200.5, currency: 'EUR', reason: 'Signed' },
	}),
	'GET /api/leads': withQuery({ sort: 'score', grouped: 'true', limit: 1 }),
	'GET /api/leads/counts': withQuery({ completion_status: 'complete' }),
	'GET /api/sessions.csv': withQuery({ archive_status: 'active', q: 'hello' }),
	'POST /api/reviews/next': signedInAs('agent', withBody({})),
	'GET /api/saved-filters': signedInAs('agent'),
	'POST /api/saved-filters': filter,
	'PATCH /api/saved-filters/{filter_id}': afterCreating(
		'POST /api/saved-filters',
		filter,
		'filter_id',
		{
			body: { filter: {} },
		},
	),
	'DELETE /api/saved-filters/{filter_id}': afterCreating(
		'POST /api/saved-filters',
		filter,
		'filter_id',
	),
	'GET /api/notifications': signedInAs('agent'),
	'PUT /api/notifications': signedInAs('agent', withBody(DEFAULT_NOTIFICATION_SETTINGS)),
	'POST /api/notifications/devices': device,
	'DELETE /api/notifications/devices/{device_id}': afterCreating(
		'POST /api/notifications/devices',
		device,
		'device_id',
	),
	'POST /api/notifications/devices/{device_id}/test': afterCreating(
		'POST /api/notifications/devices',
		device,
		'device_id',
	),
	'POST /api/canned-replies': cannedReply,
	'PATCH /api/canned-replies/{canned_reply_id}': afterCreating(
		'POST /api/canned-replies',
		cannedReply,
		'canned_reply_id',
		{ body: { title: 'Opening hours' } },
	),
	'DELETE /api/canned-replies/{canned_reply_id}': afterCreating(
		'POST /api/canned-replies',
		cannedReply,
		'canned_reply_id',
	),
	'GET /api/deliveries': withQuery({ status: 'failed' }),
	'POST /api/deliveries/{id}/replay': failedDelivery,
	'POST /api/deliveries/replay': withBody({ status: 'failed' }),
	'POST /api/errors': withBody(failure),
	'GET /api/errors': withQuery({ resolved: 'false' }),
	'GET /api/errors/{group_id}': errorGroup(),
	'PATCH /api/errors/{group_id}': errorGroup({ body: { resolved: true } }),
	'GET /api/errors/{group_id}/failures': errorGroup(),
	'GET /api/errors/{group_id}/failures/{id}': errorGroup({}, true),
	'GET /api/schemas/{file}': async () => ({ params: { file: 'lead.completed.json' } }),
	'GET /api/turns/trace': async ({ t }) => {
		const turn_id = randomUUID();
		const { id: chat_session_id } = await createChat(t.ctx());
		const turn = { turn_id, chat_session_id, action: 'message', connector: 'n8n' } as const;
		await t.app.db.insert(ai_turns).values(turn);
		return { query: { turn_id } };
	},
	'POST /api/test-chats': withBody({ site: 'default' }),
	'GET /api/test-chats/{session_id}': testChat,
	'POST /api/test-chats/{session_id}/messages': async (fixtures) => ({
		...(await testChat(fixtures)),
		body: { message: 'Hello' },
	}),
	'POST /api/replays': replayCase,
	'GET /api/replays/{id}': afterCreating(CREATE_REPLAY, replayCase, 'id'),
	'POST /api/replays/{id}/cancel': afterCreating(CREATE_REPLAY, replayCase, 'id'),
	'POST /api/sessions/{session_id}/case': chatWith({ body: { lines: ['Hello'], checks: [] } }),
	'GET /api/cases': withQuery({ site: 'default' }),
	'POST /api/cases': testCase,
	'GET /api/cases/export': withQuery({ site: 'default' }),
	'POST /api/cases/import': withBody({
		site: 'default',
		version: 1,
		cases: [{ lines: ['Hello'], checks: [{ type: 'answer_contains', line: 1, text: 'Hello' }] }],
	}),
	'GET /api/cases/{id}': savedCase,
	'PATCH /api/cases/{id}': afterCreating('POST /api/cases', testCase, 'id', {
		body: { title: 'Greeting' },
	}),
	'DELETE /api/cases/{id}': savedCase,
	'GET /api/suites': withQuery({ site: 'default' }),
	'POST /api/suites': withBody({ site: 'default', name: 'Regression', case_ids: [] }),
	'POST /api/suites/replay-issues': async ({ client, t }) => {
		const { session_id } = await createChat(t.ctx());
		const body = { qa_status: 'issue', notes: 'Asked twice' };
		const params = { session_id };
		await client.request('POST /api/sessions/{session_id}/qa', { params, body });
		return { body: { site: 'default' } };
	},
	'GET /api/suites/{id}': suite(),
	'PATCH /api/suites/{id}': suite({ body: { schedule: 'daily' } }),
	'DELETE /api/suites/{id}': suite(),
	'GET /api/suites/{id}/runs': suite(),
	'POST /api/suites/{id}/runs': suite({ body: {} }),
	'GET /api/suite-runs/{id}': suiteRun,
	'POST /api/suite-runs/{id}/cancel': suiteRun,
	'GET /api/suite-runs/{id}/results/{case_id}': caseResult,
	'POST /api/sites': withBody({ name: 'Roofs of Berlin' }),
	'GET /api/sites/{key}': async () => ({ params: site }),
	'PATCH /api/sites/{key}': async () => ({ params: site, body: { name: 'Roofs' } }),
	'GET /api/sites/{key}/questions': async () => ({ params: site }),
	'POST /api/sites/{key}/connector/test': async () => ({
		params: site,
		body: { type: 'scripted' },
	}),
	'POST /api/sites/{key}/page-test': async ({ receiver }) => ({
		params: site,
		body: { url: receiver },
	}),
	'GET /api/sites/{key}/challenger': async () => ({ params: site }),
	'PUT /api/sites/{key}/challenger': async () => ({ params: site, body: CHALLENGER }),
	'DELETE /api/sites/{key}/challenger': challenged,
	'POST /api/sites/{key}/challenger/promote': challenged,
	'POST /api/sites/{key}/challenger/undo-promotion': async (fixtures) => {
		const request = await challenged(fixtures);
		await fixtures.client.request('POST /api/sites/{key}/challenger/promote', request);
		return request;
	},
	'POST /api/sites/{key}/challenger/test': async () => ({
		params: site,
		body: { type: 'scripted' },
	}),
	'GET /api/sites/{key}/n8n': async () => ({ params: site }),
	'PUT /api/sites/{key}/n8n': async ({ receiver }) => ({
		params: site,
		// The receiver isn't n8n, so the first step of the answer fails.
		body: { url: receiver, api_key: 'a key' },
	}),
	'POST /api/sites/{key}/n8n/disconnect': async ({ client, receiver }) => {
		const body = { url: receiver, api_key: 'a key' };
		await client.request('PUT /api/sites/{key}/n8n', { params: site, body });
		return { params: site, body: { forget: true } };
	},
	'GET /api/sites/{key}/n8n/workflows/{workflow}': async () => ({
		params: { ...site, workflow: 'lead-intake' },
	}),
	'POST /api/webhook-endpoints': async ({ receiver }) => ({
		body: { site: 'default', url: receiver },
	}),
	'PATCH /api/webhook-endpoints/{id}': endpoint({ body: { is_enabled: false } }),
	'DELETE /api/webhook-endpoints/{id}': endpoint(),
	'POST /api/webhook-endpoints/{id}/rotate-secret': endpoint(),
	'POST /api/webhook-endpoints/{id}/test': endpoint(),
	'GET /api/stats': withQuery({ time_zone: 'Europe/Berlin' }),
	'GET /api/stats.csv': withQuery({ table: 'daily' }),
	'POST /api/visitors/find': withBody({ email: 'ada@example.com' }),
	'POST /api/visitors/export': chatInBody,
	'POST /api/visitors/erase': withBody({ phone: '+4930123456', confirm: 'erase' }),
	'PATCH /api/users/{id}': otherUser({ body: { name: 'Grace' } }),
	'POST /api/users/{id}/sign-out': otherUser(),
	'DELETE /api/users/{id}/two-factor': signedInAs('admin', otherUser()),
	'POST /api/invitations': invitation,
	'POST /api/invitations/{id}/send-again': invited(),
	'DELETE /api/invitations/{id}': invited(),
	'POST /api/api-keys': withBody({ name: 'n8n', scopes: ['sessions:read'] }),
	'DELETE /api/api-keys/{id}': async ({ client }) => {
		const body = { name: 'short-lived', scopes: ['sync'] };
		const created = await client.request('POST /api/api-keys', { body });
		return { params: { id: created.as(createdApiKey).api_key.id } };
	},
	'POST /api/mails/test': testMail,
	'GET /api/mails/{id}': sentMail,
	'POST /api/mails/{id}/send-again': failedMail,
	'GET /api/messenger/webhook': withQuery({
		'hub.mode': 'subscribe',
		'hub.verify_token': MESSENGER_ENVIRONMENT.MESSENGER_VERIFY_TOKEN,
		'hub.challenge': '1158201444',
	}),
	'POST /api/messenger/webhook': async () => {
		const raw = createBatch([createText('4711', 'Hello')]);
		return { key: null, raw, headers: { 'X-Hub-Signature-256': signBody(raw) } };
	},
	'POST /api/messenger/pages': ownToken,
	'POST /api/messenger/pages/{page_id}/test': connectedPage,
	'DELETE /api/messenger/pages/{page_id}/token': connectedPage,
};
