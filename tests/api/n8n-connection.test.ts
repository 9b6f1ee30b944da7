// @module-tag thorough
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { n8nConnection, type N8nConnectInput } from '#lib/contract/n8n.ts';
import { pageSchema } from '#lib/contract/common.ts';
import {
	connectN8n,
	disconnectN8n,
	getN8nConnection,
} from '#lib/server/ai/n8n-connection/index.ts';
import { n8n_connections } from '#lib/server/core/db/schema/index.ts';
import { createOutbound } from '#lib/server/core/outbound/index.ts';
import { listEndpoints } from '#lib/server/delivery/webhooks/index.ts';
import { sendDueDeliveries } from '#lib/server/delivery/webhooks/unchecked.ts';
import { getSiteSettings, updateSite } from '#lib/server/sites/index.ts';
import { listApiKeys } from '#lib/server/team/api-keys/index.ts';
import { auditEntry } from '#lib/contract/audit-entry.ts';
import { delivery } from '#lib/contract/delivery.ts';
import { sendMessageResult } from '#lib/contract/widget.ts';
import { createUserCtx } from '../factories/user.ts';
import { API_KEY } from '../support/server-api.ts';
import {
	N8nStandIn,
	createNotRegisteredMessage,
	createNotRegisteredForPostMessage,
} from '../support/n8n/public-api.ts';
import { useTestServer } from '../support/server.ts';
import { useStandIn } from '../support/use-stand-in.ts';

const server = useTestServer({ OUTBOUND_ALLOW_PRIVATE: 'true' });
const standIn = useStandIn();
const n8n = new N8nStandIn();
const ctx = () => server.ctx();
const getBaseUrl = () => `${standIn().url}/n8n-server`;

beforeAll(() => standIn().mount('n8n-server', n8n));
beforeEach(async () => {
	if ((await getN8nConnection(ctx(), 'default')).status !== 'none') {
		n8n.refuse();
		await disconnectN8n(ctx(), 'default', { forget: true });
	}
	n8n.clear();
	await updateSite(ctx(), 'default', { connector: { type: 'scripted' } });
});

const connect = (more: Partial<N8nConnectInput> = {}) =>
	connectN8n(ctx(), 'default', {
		url: getBaseUrl(),
		api_key: n8n.key,
		frontdesk_url: server.url,
		...more,
	});
const getConnector = async () => (await getSiteSettings(ctx(), 'default')).connector;
const listOpenKeys = async () => {
	const items = await listApiKeys(ctx());
	return items.filter(({ name, revoked_at }) => name.startsWith('n8n (') && revoked_at === null);
};
const listSiteEndpoints = async () => (await listEndpoints(ctx(), { site: 'default' })).items;

async function callJson(method: string, path: string, body?: unknown): Promise<unknown> {
	const response = await fetch(server.url + path, {
		method,
		headers: { 'X-API-Key': API_KEY, 'Content-Type': 'application/json' },
		body: body === undefined ? undefined : JSON.stringify(body),
	});
	return response.json();
}

/** Starts a chat and sends these messages one after another. Returns the last answer. */
async function playChat(...texts: string[]) {
	let session = {};
	let last;
	for (const message of ['', ...texts]) {
		const sent = { message, site: 'default', ...session };
		last = sendMessageResult.parse(await callJson('POST', '/api/embed-chat/send-message', sent));
		session = { session_id: last.session_id, token: last.token };
	}
	return last;
}

/** Checks that connecting to an n8n with this response names the failed step and its remedy, and then resumes once n8n works. */
async function expectResumable(refused: {
	match: RegExp;
	status: number;
	body: unknown;
	key: string;
	remedy: RegExp;
}): Promise<void> {
	const { match, status, body, key, remedy } = refused;
	n8n.refuse({ match, status, body });
	const failed = await connect();
	expect(failed.status).toBe('failed');
	expect(failed.steps.find((step) => step.status === 'failed')).toMatchObject({
		key,
		detail: expect.stringMatching(/\S/) as string,
		remedy: expect.stringMatching(remedy) as string,
	});
	expect(await getConnector()).toEqual({ type: 'scripted' });
	n8n.refuse();
	expect((await connect()).status).toBe('connected');
	expect([n8n.workflows.size, n8n.credentials.size]).toEqual([3, 3]);
}

describe('connecting n8n', () => {
	it('sets up a chat, a lead and its delivery from two fields', async () => {
		const created = n8nConnection.parse(
			await callJson('PUT', '/api/sites/default/n8n', {
				url: `${getBaseUrl()}/home/workflows`,
				api_key: n8n.key,
				frontdesk_url: server.url,
			}),
		);
		expect(created.steps.map(({ key, status }) => [key, status])).toEqual([
			['reach', 'done'],
			['credentials', 'done'],
			['workflows', 'done'],
			['publish', 'done'],
			['test_ai', 'done'],
			['use_ai', 'done'],
			['endpoint', 'done'],
			['test_delivery', 'done'],
		]);
		expect(created).toMatchObject({
			status: 'connected',
			url: getBaseUrl(),
			is_api_key_kept: false,
		});
		expect(created.workflows.map(({ workflow }) => workflow).sort()).toEqual([
			'chat-agent-without-llm',
			'error-workflow',
			'lead-intake',
		]);
		expect(await getConnector()).toMatchObject({
			type: 'n8n',
			url: expect.stringContaining(
				`${getBaseUrl()}/webhook/frontdesk-chat-agent-without-llm-`,
			) as string,
			auth_header: { name: 'X-Api-Key' },
		});
		const last = await playChat('A quote for a roof', 'Ada', 'ada@example.com');
		expect(last?.completion_status).toBe('complete');
		await sendDueDeliveries(ctx());
		const { items } = pageSchema(delivery).parse(await callJson('GET', '/api/deliveries'));
		expect(items[0]).toMatchObject({ status: 'delivered', session_id: last?.session_id });
		const workflows = [...n8n.workflows.values()];
		const reporter = workflows.find(({ name }) => name.includes('report errors'));
		for (const workflow of workflows.filter((candidate) => candidate !== reporter)) {
			expect(workflow.settings['errorWorkflow']).toBe(reporter?.id);
		}
		const log = pageSchema(auditEntry).parse(
			await callJson('GET', '/api/audit-entries?action=n8n.connected'),
		);
		expect(log.items).toHaveLength(1);
	});

	it('tests the AI again while n8n still registers the webhook that it published', async () => {
		n8n.registrationRefusals = [createNotRegisteredMessage, createNotRegisteredForPostMessage];
		const created = await connect();
		expect(n8n.registrationRefusals).toEqual([]);
		expect(created.steps.map(({ status }) => status)).toEqual(created.steps.map(() => 'done'));
		expect(created.status).toBe('connected');
	});

	it('again creates nothing twice, and keeps addresses and key', async () => {
		const first = await connect();
		const second = await connect();
		expect(second.status).toBe('connected');
		expect(second.workflows).toEqual(first.workflows);
		expect(second.credentials).toEqual(first.credentials);
		expect([n8n.workflows.size, n8n.credentials.size]).toEqual([3, 3]);
		expect(await listOpenKeys()).toHaveLength(1);
		expect(await listSiteEndpoints()).toHaveLength(1);
		expect((await playChat('A roof'))?.response).toBe('Happy to help! What is your name?');
	});

	it('replaces the credentials in n8n before 2.0, which can’t list or update them', async () => {
		n8n.isOld = true;
		expect((await connect()).status).toBe('connected');
		expect((await connect()).status).toBe('connected');
		expect((await playChat('A roof'))?.response).toBe('Happy to help! What is your name?');
		expect(await listOpenKeys()).toHaveLength(1);
	});

	it.each([
		['POST workflows', /^POST workflows$/],
		['POST credentials', /^POST credentials$/],
	])('resumes after the response to %s was lost, without a duplicate', async (_, match) => {
		for (let id = 0; id < 600; id += 1) {
			const other = { id: `other${id}`, name: 'Other', type: 'httpHeaderAuth', data: {} };
			n8n.credentials.set(other.id, other);
		}
		n8n.refuse({ match, status: 200, body: {}, times: 1, isResponseLost: true });
		const failed = await connect();
		expect(failed).toMatchObject({ status: 'failed' });
		expect(await getConnector()).toEqual({ type: 'scripted' });
		expect((await connect()).status).toBe('connected');
		expect([n8n.workflows.size, n8n.credentials.size]).toEqual([3, 603]);
		expect(await listOpenKeys()).toHaveLength(1);
	});

	it.each([
		['POST workflows', /^POST workflows$/],
		['POST credentials', /^POST credentials$/],
	])('is removed without leftovers after the response to %s was lost', async (_, match) => {
		n8n.refuse({ match, status: 200, body: {}, times: 1, isResponseLost: true });
		expect(await connect()).toMatchObject({ status: 'failed' });
		n8n.refuse();
		const removed = await disconnectN8n(ctx(), 'default', { api_key: n8n.key });
		expect(removed.status).toBe('none');
		expect([n8n.workflows.size, n8n.credentials.size]).toEqual([0, 0]);
	});

	it('recreates what was deleted in n8n', async () => {
		await connect();
		n8n.workflows.clear();
		n8n.credentials.clear();
		expect((await connect()).status).toBe('connected');
		expect([n8n.workflows.size, n8n.credentials.size]).toEqual([3, 3]);
	});

	it('switches to the AI agent and removes the guided one', async () => {
		await connect();
		n8n.mocks = { 'AI Agent': () => [{ json: { output: 'Hello from the model' } }] };
		const changed = await connect({
			workflows: ['chat-agent', 'error-workflow'],
			openai_api_key: 'sk-0123456789',
		});
		expect(changed.status).toBe('connected');
		expect(changed.workflows.map(({ workflow }) => workflow).sort()).toEqual([
			'chat-agent',
			'error-workflow',
		]);
		expect(n8n.workflows.size).toBe(2);
		expect(await listSiteEndpoints()).toEqual([]);
		expect((await playChat('A roof'))?.response).toBe('Hello from the model');
		expect(JSON.stringify(await ctx().db.select().from(n8n_connections))).not.toContain('sk-0123');
	});

	it('reports a single credential and workflow in the singular', async () => {
		const { steps } = await connect({ workflows: ['error-workflow'] });
		const details = steps.map(({ detail }) => detail);
		expect(details).toEqual(expect.arrayContaining(['1 credential', '1 workflow']));
	});

	it('names the missing OpenAI API key for the AI agent', async () => {
		const failed = await connect({ workflows: ['chat-agent'] });
		expect(failed.steps.find(({ status }) => status === 'failed')).toMatchObject({
			key: 'credentials',
			remedy: expect.stringContaining('OpenAI API key') as string,
		});
	});

	// Error responses from n8n: packages/cli/src/public-api, and https://github.com/rwlove/home-ops/pull/11657,
	// https://community.n8n.io/t/public-api-returns-404/31062, https://community.n8n.io/t/n8n-api-unauthorized/26743.
	it.each([
		['a wrong key', /./, 401, { message: 'Unauthorized' }, 'reach', /Settings → n8n API/],
		[
			'a wrong key, in an older version',
			/./,
			401,
			{ message: 'unauthorized' },
			'reach',
			/Settings → n8n API/,
		],
		[
			'a missing scope',
			/^POST cred/,
			403,
			{ message: 'Forbidden' },
			'credentials',
			/workflow:activate/,
		],
		['no public API', /./, 404, { message: 'not found' }, 'reach', /N8N_PUBLIC_API_DISABLED/],
		['no public API, as a page', /./, 404, '<html>Cannot GET</html>', 'reach', /address/],
		[
			'a sign-in page',
			/./,
			200,
			'<!DOCTYPE html><html>Sign in</html>',
			'reach',
			/let \/api\/ through/,
		],
		[
			'an unknown credential',
			/^POST cred/,
			400,
			{ message: 'req.body.type is not a known type' },
			'credentials',
			/too old/,
		],
		[
			'a conflict',
			/activate$/,
			409,
			{ message: 'There is a conflict with one of the webhooks.' },
			'publish',
			/same webhook path/,
		],
		[
			'a limit of the license',
			/activate$/,
			403,
			{ message: 'You reached the maximum number of active workflows of your plan' },
			'publish',
			/plan/,
		],
		['too many calls', /./, 429, { message: 'Too many requests' }, 'reach', /Wait/],
		['a proxy without n8n', /./, 502, '<html>502 Bad Gateway</html>', 'reach', /running/],
		[
			'an internal error of n8n',
			/^POST work/,
			500,
			{ message: 'Internal server error' },
			'workflows',
			/log/,
		],
	] as const)(
		'names the failed step and the remedy for %s, and resumes',
		(_, match, status, body, key, remedy) => expectResumable({ match, status, body, key, remedy }),
	);

	// Answers from n8n and proxies in front of it that users reported, each with a link to the report.
	it.each([
		{
			name: 'an n8n that refuses newer settings of a workflow',
			source: 'https://github.com/leonardsellem/n8n-mcp-server/issues/71',
			match: /^POST workflows$/,
			status: 400,
			body: { message: 'request/body/settings must NOT have additional properties' },
			key: 'workflows',
			remedy: /older than version 2/,
		},
		{
			name: 'an n8n that does not know the Chat Trigger',
			source: 'https://github.com/n8n-io/n8n/issues/14002',
			match: /activate$/,
			status: 400,
			body: {
				code: 400,
				message:
					'Workflow has no node to start the workflow - at least one trigger, poller or webhook node is required',
			},
			key: 'publish',
			remedy: /too old/,
		},
		{
			name: 'n8n Cloud that may not publish',
			source: 'https://github.com/n8n-io/n8n/issues/24698',
			match: /activate$/,
			status: 400,
			body: {
				code: 400,
				message: 'There was a problem activating the workflow: "Status code 403"',
			},
			key: 'publish',
			remedy: /publish it there/,
		},
		{
			name: 'a workflow that n8n cannot read',
			source: 'https://github.com/n8n-io/n8n/issues/12852',
			match: /activate$/,
			status: 400,
			body: { code: 400, message: "Cannot read properties of undefined (reading 'url')" },
			key: 'publish',
			remedy: /publish it there/,
		},
		{
			name: 'a plan with five active workflows',
			source: 'https://github.com/n8n-io/n8n/issues/19064',
			match: /activate$/,
			status: 400,
			body: {
				code: 400,
				message:
					'Active workflow limit reached. Consider [upgrading your plan](https://app.n8n.cloud/account/change-plan)',
			},
			key: 'publish',
			remedy: /n8n plan does not allow/,
		},
		{
			name: 'a limited rate, as a bad request',
			source: 'https://github.com/n8n-io/n8n/issues/25048',
			match: /activate$/,
			status: 400,
			body: { code: 400, message: 'Too Many Requests: retry after 1' },
			key: 'publish',
			remedy: /Wait a minute/,
		},
		{
			name: 'a key whose scopes n8n lost in an update',
			source: 'https://github.com/n8n-io/n8n/issues/13701',
			match: /^GET workflows/,
			status: 403,
			body: { message: 'Forbidden' },
			key: 'reach',
			remedy: /workflow:activate/,
		},
		{
			name: 'a proxy that asks for a password',
			source: 'https://github.com/caronc/apprise-api/issues/221',
			match: /./,
			status: 401,
			body: '<html>\r\n<head><title>401 Authorization Required</title></head>\r\n<body>\r\n<center><h1>401 Authorization Required</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n',
			key: 'reach',
			remedy: /let \/api\/ through/,
		},
		{
			name: 'Cloudflare Access',
			source: 'https://github.com/czlonkowski/n8n-mcp/issues/148',
			match: /./,
			status: 403,
			body: '<!DOCTYPE html>\n<html><head><title>Forbidden ・ Cloudflare Access</title></head></html>',
			key: 'reach',
			remedy: /let \/api\/ through/,
		},
		{
			name: 'Cloudflare’s own time limit',
			source: 'https://github.com/n8n-io/n8n/issues/14405',
			match: /activate$/,
			status: 524,
			body: 'error code: 524',
			key: 'publish',
			remedy: /proxy in front of n8n got no answer/,
		},
		{
			name: 'a list instead of the new workflow, as after a redirect',
			source: 'https://github.com/salacoste/mcp-n8n-workflow-builder/issues/13',
			match: /^POST workflows$/,
			status: 200,
			body: { data: [{ id: '3G6MpiGGEtgHpfLEtN2UT', name: 'Pipeline 5', nodes: [] }] },
			key: 'workflows',
			remedy: /Enter the address/,
		},
	])('names the failed step and the remedy for $name ($source), and resumes', expectResumable);

	// n8n registers no address of an imported webhook without this id: https://github.com/n8n-io/n8n/pull/15486.
	it('gives every webhook of the workflows that it creates its own id', async () => {
		await connect();
		const ids = [...n8n.workflows.values()]
			.flatMap(({ nodes }) => nodes)
			.filter(({ parameters }) => typeof parameters['path'] === 'string')
			.map(({ webhookId }) => webhookId);
		expect(ids.length).toBeGreaterThan(1);
		expect(ids.every((id) => typeof id === 'string' && id !== '')).toBe(true);
		expect(new Set(ids).size).toBe(ids.length);
	});

	it('fails if n8n cannot reach Frontdesk, and keeps the site’s previous AI', async () => {
		const failed = await connect({ frontdesk_url: 'http://127.0.0.1:9' });
		expect(failed.steps.find(({ status }) => status === 'failed')).toMatchObject({
			key: 'test_ai',
			remedy: expect.stringContaining('Executions') as string,
		});
		expect(await getConnector()).toEqual({ type: 'scripted' });
	});

	it('explains addresses that are private, unreachable or redirect', async () => {
		const getFirstStep = async (url: string) => (await connect({ url })).steps[0];
		expect(await getFirstStep('http://127.0.0.1:9')).toMatchObject({
			detail: expect.stringContaining('Nothing is listening') as string,
		});
		expect(await getFirstStep('nowhere.invalid')).toMatchObject({
			detail: expect.stringContaining('host was not found') as string,
		});
		standIn().mount('moved', {
			handle: ({ response }) =>
				void response.writeHead(301, { location: 'https://n8n.example.com/' }).end(),
		});
		expect(await getFirstStep(`${standIn().url}/moved`)).toMatchObject({
			detail: expect.stringContaining('n8n.example.com') as string,
		});
		const outbound = createOutbound({ allowPrivate: false });
		const closed = { ...ctx(), app: { ...ctx().app, outbound } };
		const refused = await connectN8n(closed, 'default', { url: getBaseUrl(), api_key: 'x' });
		await outbound.close();
		expect(refused.steps[0]?.remedy).toContain('OUTBOUND_ALLOW_PRIVATE=true');
	});

	it('concurrently succeeds for one and is a conflict for the other', async () => {
		const results = await Promise.allSettled([connect(), connect()]);
		const codes = results.map((result) =>
			result.status === 'fulfilled'
				? result.value.status
				: (result.reason as { code: string }).code,
		);
		expect(codes.sort()).toEqual(['conflict', 'connected']);
		expect([n8n.workflows.size, n8n.credentials.size]).toEqual([3, 3]);
	});

	it('stores the key only on request, sealed', async () => {
		expect(await connect({ keep_api_key: true })).toMatchObject({ is_api_key_kept: true });
		expect(JSON.stringify(await ctx().db.select().from(n8n_connections))).not.toContain(n8n.key);
		expect((await connect({ api_key: undefined, keep_api_key: true })).status).toBe('connected');
		expect(await connect({ api_key: undefined })).toMatchObject({ is_api_key_kept: false });
		await expect(connect({ api_key: undefined })).rejects.toMatchObject({ code: 'invalid' });
	});

	it('is forbidden to agents, and a conflict while another n8n is connected', async () => {
		const agent = await createUserCtx(server);
		await expect(
			connectN8n(agent, 'default', { url: getBaseUrl(), api_key: n8n.key }),
		).rejects.toMatchObject({ code: 'forbidden' });
		await connect();
		await expect(connect({ url: 'https://other.example.com' })).rejects.toMatchObject({
			code: 'conflict',
		});
	});

	it('warns about a Frontdesk address that n8n cannot reach', async () => {
		expect((await getN8nConnection(ctx(), 'default')).warnings[0]).toContain('PUBLIC_URL');
		const failed = await connect({ api_key: 'wrong' });
		expect(failed.warnings[0]).toContain('host.docker.internal');
		expect((await connect()).warnings).toEqual([]);
	});
});

describe('disconnecting n8n', () => {
	it('restores the site’s previous AI, and leaves nothing in n8n', async () => {
		const model = {
			type: 'openai' as const,
			base_url: 'https://api.example.com/v1',
			model: 'small',
			api_key: 'sk-1',
		};
		await updateSite(ctx(), 'default', { connector: model });
		await connect();
		const disconnected = await disconnectN8n(ctx(), 'default', { api_key: n8n.key });
		expect(disconnected).toMatchObject({ status: 'none', workflows: [] });
		expect([n8n.workflows.size, n8n.credentials.size]).toEqual([0, 0]);
		expect(await getConnector()).toMatchObject({ type: 'openai', is_api_key_set: true });
		expect(await listSiteEndpoints()).toEqual([]);
		expect(await listOpenKeys()).toEqual([]);
	});

	it('keeps an AI that was chosen in the meantime', async () => {
		await connect();
		const other = { type: 'n8n' as const, url: 'https://n8n.example.com/webhook/own' };
		await updateSite(ctx(), 'default', { connector: other });
		await disconnectN8n(ctx(), 'default', { api_key: n8n.key });
		expect(await getConnector()).toMatchObject({ url: other.url });
	});

	it('requires a key unless the connection is forgotten', async () => {
		await connect();
		await expect(disconnectN8n(ctx(), 'default', {})).rejects.toMatchObject({ code: 'invalid' });
		n8n.refuse({ match: /./, status: 401, body: { message: 'Unauthorized' } });
		const failed = await disconnectN8n(ctx(), 'default', { api_key: 'wrong' });
		expect(failed.steps[0]).toMatchObject({ status: 'failed', key: 'reach' });
		expect(await getConnector()).toMatchObject({ type: 'n8n' });
		const disconnected = await disconnectN8n(ctx(), 'default', { forget: true });
		expect(disconnected.status).toBe('none');
		expect(await getConnector()).toEqual({ type: 'scripted' });
		expect(n8n.workflows.size).toBe(3);
	});
});

describe('a workflow to import by hand', () => {
	it('contains this server’s address, a unique path and no secret', async () => {
		const get = async () =>
			JSON.stringify(
				await callJson('GET', '/api/sites/default/n8n/workflows/chat-agent-without-llm'),
			);
		const [first, second] = [await get(), await get()];
		for (const text of [first, second]) {
			expect(text).toContain('http://localhost:3000/api/conversation/');
			expect(text).not.toMatch(/frontdesk\.example\.com|whsec_|fd_[A-Za-z0-9]{8}/);
		}
		const findPath = (text: string) => /"path":"(frontdesk-[^"]+)"/.exec(text)?.[1];
		expect(findPath(first)).toMatch(/^frontdesk-chat-agent-without-llm-[a-z0-9]{12}$/);
		expect(findPath(first)).not.toBe(findPath(second));
	});
});
