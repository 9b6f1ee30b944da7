import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { z } from 'zod';
import { apiKey } from '#lib/contract/api-key.ts';
import { errorGroup } from '#lib/contract/automation-error.ts';
import { pageSchema } from '#lib/contract/common.ts';
import { callReport } from '#lib/contract/connector.ts';
import { delivery } from '#lib/contract/delivery.ts';
import { transcript } from '#lib/contract/session.ts';
import { suiteDetail, suiteRun, suiteRunDetail } from '#lib/contract/suite.ts';
import { testCase } from '#lib/contract/test-case.ts';
import { n8nConnection } from '#lib/contract/n8n.ts';
import { newWebhookEndpoint } from '#lib/contract/webhook-endpoint.ts';
import { sendMessageResult } from '#lib/contract/widget.ts';
import { AD_SETTINGS } from '../factories/ad-settings.ts';
import { API_KEY, callApi } from '../support/server-api.ts';
import { createTestDatabase } from '../support/database.ts';
import { runSql } from '../support/database-server.ts';
import { readWorkflow, type Workflow, type WorkflowNode } from '../support/n8n/workflow.ts';
import { startServer, type ServerProcess } from '../support/process.ts';
import { OPENAI_REPLY } from '../support/stand-in/openai/modes.ts';
import { useStandIn } from '../support/use-stand-in.ts';
import { append, chain, code, post, respond, subWorkflow, webhook } from './chain.ts';
import { importInEditor } from './import-in-editor.ts';
import { startN8n, type N8n } from './start-n8n.ts';

/** Returns a node that calls another URL. */
const calling = (node: WorkflowNode, url: string): WorkflowNode => ({
	...node,
	parameters: { ...node.parameters, url },
});

const installed = inject('n8n');
const standIn = useStandIn();
const CALLS = { name: 'X-Api-Key', value: 'a secret between Frontdesk and n8n' };

let server: ServerProcess;
let n8n: N8n;
let databaseUrl: string;

it('n8n is installed', (context) => {
	if ('why' in installed) context.skip(installed.why);
	expect(installed).toHaveProperty('folder');
});

const ask = (method: string, path: string, body?: unknown) =>
	callApi<unknown>(server.url, method, path, body);

/** Imports and publishes a workflow. Returns its id. */
async function publish(workflow: Workflow): Promise<string> {
	const id = await n8n.save(workflow);
	await n8n.publish(id);
	const path = workflow.nodes.find(({ webhookId }) => webhookId)?.parameters['path'];
	// n8n reports success slightly before the webhook is registered.
	if (typeof path === 'string') await vi.waitFor(() => isRegistered(path), 20_000);
	return id;
}
async function isRegistered(path: string): Promise<void> {
	const response = await fetch(production(path), { method: 'PUT' });
	expect(await response.text()).toContain('Did you mean');
}
const documented = (name: string) => readWorkflow(name, server.url);
const production = (path: string) => `${n8n.url}/webhook/${path}`;
const useAi = (path: string) =>
	ask('PATCH', 'sites/default', {
		connector: { type: 'n8n', url: production(path), auth_header: CALLS },
	});

/** Starts a chat and sends these messages one after another. Returns all answers. */
async function chat(...texts: string[]) {
	let who = {};
	const answers = [];
	for (const message of ['', ...texts]) {
		const sent = { message, site: 'default', ...who };
		const result = sendMessageResult.parse(await ask('POST', 'embed-chat/send-message', sent));
		who = { session_id: result.session_id, token: result.token };
		answers.push(result);
	}
	return answers;
}
const getLead = async (sessionId = '') =>
	transcript.parse(await ask('GET', `sessions/${sessionId}`)).lead;
const listErrors = async (workflow: string) => {
	const query = new URLSearchParams({ workflow });
	return pageSchema(errorGroup).parse(await ask('GET', `errors?${query}`)).items;
};

describe.skipIf('why' in installed)('the real n8n', () => {
	beforeAll(async () => {
		const database = await createTestDatabase();
		databaseUrl = database.url;
		n8n = await startN8n('folder' in installed ? installed.folder : '');
		server = await startServer({ DATABASE_URL: database.url });
		// Follows docs/n8n.md: credentials first, with these names.
		await n8n.credential('httpHeaderAuth', 'Frontdesk API key', {
			name: 'X-API-Key',
			value: API_KEY,
		});
		await n8n.credential('httpHeaderAuth', 'Frontdesk calls n8n', CALLS);
		await n8n.credential('openAiApi', 'OpenAI', {
			apiKey: 'sk-none',
			url: standIn().openai.url('ok'),
		});
		return () => database.drop();
		// n8n runs some 300 migrations at its first start.
	}, 500_000);
	afterAll(async () => {
		await server.stop();
		await n8n.stop();
	});

	it('connects n8n with two fields, receives a lead, reconnects, and disconnects without a trace', async () => {
		const api_key = await n8n.apiKey();
		const connect = async () =>
			n8nConnection.parse(
				await ask('PUT', 'sites/default/n8n', { url: n8n.url, api_key, frontdesk_url: server.url }),
			);
		const started = performance.now();
		const created = await connect();
		expect(created.steps.filter(({ status }) => status !== 'done')).toEqual([]);
		expect(created.status).toBe('connected');
		const answers = await chat('A quote for a roof', 'Ada', 'ada@example.com');
		expect(answers.at(-1)?.completion_status).toBe('complete');
		const sessionId = answers[0]?.session_id;
		await vi.waitFor(async () => {
			const { items } = pageSchema(delivery).parse(await ask('GET', 'deliveries'));
			expect(items[0]).toMatchObject({ status: 'delivered', session_id: sessionId });
		}, 20_000);
		console.info(`From two fields to a lead in n8n: ${Math.round(performance.now() - started)} ms`);
		const intake = created.workflows.find(({ workflow }) => workflow === 'lead-intake');
		const runs = await n8n.runs(intake?.url.split('/').at(-1) ?? '');
		expect(runs).toEqual(['success', 'success']);
		expect((await connect()).workflows).toEqual(created.workflows);
		const [, answer] = await chat('A roof');
		expect(answer?.response).toBe('Happy to help! What is your name?');

		// A revoked key makes the workflow fail, so that the visitor gets the fallback.
		const keys = z.object({ items: z.array(apiKey) });
		const own = keys
			.parse(await ask('GET', 'api-keys'))
			.items.find(({ name, revoked_at }) => name.startsWith('n8n (') && revoked_at === null);
		await ask('DELETE', `api-keys/${own?.id}`);
		const [failed] = await chat();
		expect(failed?.fallback).toBe(true);
		expect((await connect()).status).toBe('connected');
		const [healed] = await chat();
		expect(healed?.fallback).toBe(false);

		expect(await ask('POST', 'sites/default/n8n/disconnect', { api_key })).toMatchObject({
			status: 'none',
		});
		const gone = await fetch(created.workflows[0]?.webhook_url ?? `${n8n.url}/webhook/x`, {
			method: 'POST',
		});
		expect(gone.status).toBe(404);
	});

	it('imports every file with its CLI', async () => {
		const input = `--input=${process.cwd()}/docs/n8n`;
		const output = await n8n.command('import:workflow', '--separate', input);
		const files = readdirSync('docs/n8n').filter((name) => name.endsWith('.json'));
		expect(output).toContain(`Successfully imported ${files.length} workflows`);
	});

	it('imports a file in its editor, resolves credentials by name, and publishes it', async () => {
		await importInEditor(n8n.url, documented('chat-agent-without-llm'));
		await vi.waitFor(() => isRegistered('frontdesk-try'), 20_000);
	});

	it('guides a visitor from the greeting to a complete lead without an LLM', async () => {
		await useAi('frontdesk-try');
		const answers = await chat('A quote for a roof', 'Ada', 'ada@example.com');
		expect(answers.map(({ response }) => response)).toEqual([
			'Hello! What can we do for you?',
			'Happy to help! What is your name?',
			'Thank you, Ada. Which email address can we write to?',
			'Thank you, Ada! Someone will be in touch within 24 hours.',
		]);
		expect(answers[0]?.quick_replies).toEqual(['A quote', 'A question']);
		const last = answers.at(-1);
		expect(last?.completion_status).toBe('complete');
		expect(await getLead(last?.session_id)).toMatchObject({
			name: 'Ada',
			email: 'ada@example.com',
			answers: { need: 'A quote for a roof' },
		});
	});

	it('passes a signed lead, its changes and its withdrawal to their branches, and rejects a forged one', async () => {
		const url = production('frontdesk-lead');
		const input = { site: 'default', url };
		const { id, secret } = newWebhookEndpoint.parse(await ask('POST', 'webhook-endpoints', input));
		await n8n.credential('crypto', 'Frontdesk lead secret', { hmacSecret: secret });
		const crm = standIn().webhooks;
		const tell = (branch: string) => ({
			...post(
				crm.url('crm'),
				`={{ JSON.stringify({ branch: "${branch}", ...$('Lead').item.json }) }}`,
			),
			id: branch,
			name: `Tell: ${branch}`,
		});
		const branches = ['Test: no CRM', 'Your CRM: add', 'Your CRM: update', 'Your CRM: withdraw'];
		await publish(
			branches.reduce(
				(workflow, branch) => append(workflow, branch, tell(branch)),
				documented('lead-intake'),
			),
		);

		// *Send a test* sends a signed event.
		expect(await ask('POST', `webhook-endpoints/${id}/test`)).toMatchObject({ http_status: 200 });
		const [test] = await crm.recorder('crm').waitFor(1, 20_000);
		expect(test?.json()).toMatchObject({ branch: 'Test: no CRM', event: 'test' });
		crm.recorder('crm').clear();

		const answers = await chat('A roof for 1.0 million € 🌍', 'Zoë', 'zoe@example.com');
		const [request] = await crm.recorder('crm').waitFor(1, 20_000);
		const session_id = answers[0]?.session_id;
		expect(request?.json()).toMatchObject({
			branch: 'Your CRM: add',
			event: 'lead.completed',
			session_id,
			name: 'Zoë',
			email: 'zoe@example.com',
			answers: JSON.stringify({ need: 'A roof for 1.0 million € 🌍' }),
		});
		await vi.waitFor(async () => {
			const { items } = pageSchema(delivery).parse(await ask('GET', 'deliveries'));
			expect(items[0]).toMatchObject({ status: 'delivered' });
		}, 20_000);

		const forged = await fetch(url, {
			method: 'POST',
			headers: {
				'content-type': 'application/json',
				'x-frontdesk-signature': `sha256=${'0'.repeat(64)}`,
			},
			body: JSON.stringify({ type: 'lead.completed', data: {} }),
		});
		expect([forged.status, await forged.json()]).toEqual([
			401,
			{ error: 'the signature does not match' },
		]);
		expect(crm.recorder('crm').requests).toHaveLength(1);

		await ask('PUT', `sessions/${session_id}/lead`, { phone: '+44 20 7946 0958' });
		// Ends the minute in which changes are gathered.
		await runSql(
			databaseUrl,
			`update deliveries set next_attempt_at = now() where status = 'pending'`,
		);
		const [, changed] = await crm.recorder('crm').waitFor(2, 20_000);
		expect(changed?.json()).toMatchObject({ branch: 'Your CRM: update', phone: '+442079460958' });
		const reason = 'Only asked for a price';
		await ask('POST', `sessions/${session_id}/undo-completion`, { reason });
		const [, , withdrawn] = await crm.recorder('crm').waitFor(3, 20_000);
		expect(withdrawn?.json()).toMatchObject({ branch: 'Your CRM: withdraw', session_id, reason });
	});

	it('uploads a won lead to the ad platforms that its clicks came from, and a test to none', async () => {
		const input = {
			site: 'default',
			url: production('frontdesk-outcome'),
			events: ['lead.outcome'],
		};
		const { id, secret } = newWebhookEndpoint.parse(await ask('POST', 'webhook-endpoints', input));
		await n8n.credential('crypto', 'Frontdesk outcome secret', { hmacSecret: secret });
		const token = (name: string) =>
			n8n.credential('httpHeaderAuth', name, { name: 'Authorization', value: `Bearer ${name}` });
		await token('Google Ads token');
		await token('Meta access token');
		const platforms = standIn().webhooks;
		platforms.always('meta', ({ response }) => {
			response.writeHead(200, { 'content-type': 'application/json' });
			response.end(JSON.stringify({ events_received: 1 }));
		});
		const { nodes, ...workflow } = documented('ad-conversions');
		const settings = Object.entries(AD_SETTINGS).map(([name, value]) => ({
			id: name,
			name,
			value,
			type: 'string',
		}));
		await publish({
			...workflow,
			nodes: nodes.map((node) => {
				if (node.name === 'Settings') {
					return { ...node, parameters: { assignments: { assignments: settings } } };
				}
				if (node.name === 'Meta') return calling(node, platforms.url('meta'));
				if (node.name !== 'Google Ads') return node;
				// Google's own credential asks Google for a token.
				const { nodeCredentialType, ...parameters } = calling(
					node,
					platforms.url('google'),
				).parameters;
				expect(nodeCredentialType).toBe('googleAdsOAuth2Api');
				return {
					...node,
					parameters: {
						...parameters,
						authentication: 'genericCredentialType',
						genericAuthType: 'httpHeaderAuth',
					},
					credentials: { httpHeaderAuth: { id: null, name: 'Google Ads token' } },
				};
			}),
		});
		expect(await ask('POST', `webhook-endpoints/${id}/test`)).toMatchObject({ is_ok: true });

		const { session_id } = sendMessageResult.parse(
			await ask('POST', 'embed-chat/send-message', {
				message: 'A roof',
				site: 'default',
				context: { page_url: 'https://example.com/?gclid=Cj0&fbclid=IwAR' },
			}),
		);
		await ask('PUT', `sessions/${session_id}/lead`, { email: 'Ada@example.com' });
		const won = { stage: 'won', value: 1200.5, currency: 'CHF', at: '2026-11-20T09:08:07Z' };
		await ask('PUT', `sessions/${session_id}/outcome`, won);
		const [google] = await platforms.recorder('google').waitFor(1, 20_000);
		expect(google?.headers['authorization']).toBe('Bearer Google Ads token');
		expect(google?.json()).toMatchObject({
			conversions: [
				{
					gclid: 'Cj0',
					conversionAction: 'customers/1234567890/conversionActions/22',
					conversionDateTime: '2026-11-20 09:08:07+00:00',
					conversionValue: 1200.5,
					currencyCode: 'CHF',
					orderId: `${session_id}:won`,
				},
			],
		});
		const [meta] = await platforms.recorder('meta').waitFor(1, 20_000);
		expect(meta?.json()).toMatchObject({
			data: [{ event_name: 'Purchase', custom_data: { value: 1200.5, currency: 'CHF' } }],
		});
	});

	it('streams the AI Agent’s reply once, with lead fields, and remembers the conversation', async () => {
		standIn().openai.clear();
		await publish(documented('chat-agent'));
		await useAi('frontdesk-agent');
		const [greeting, answer] = await chat('I am ada@example.com, +44 20 7946 0958');
		expect([greeting?.response, answer?.response]).toEqual([OPENAI_REPLY, OPENAI_REPLY]);
		expect(greeting?.fallback).toBe(false);
		expect(await getLead(answer?.session_id)).toMatchObject({
			email: 'ada@example.com',
			phone: '+442079460958',
		});
		const [turn] = z
			.object({ items: z.array(z.object({ notes: z.array(z.unknown()) })) })
			.parse(await ask('GET', `turns?session_id=${answer?.session_id}`)).items;
		// The extraction worked.
		expect(turn?.notes).toEqual([]);
		const sent = standIn()
			.openai.recorder.requests.map((request) => request.json())
			.filter((body) => !JSON.stringify(body).includes('Extract from this conversation'));
		expect(sent).toHaveLength(2);
		// The second call contains the conversation so far.
		expect(JSON.stringify(sent[1])).toContain('Greet them in one sentence');
	});

	it('reports failures with the error workflow, and Frontdesk finds chat and run', async () => {
		const errorWorkflow = await publish(documented('error-workflow'));
		const throws = "throw new Error('no answer for ' + $json.body.session_id)";
		const failing = chain(
			'Failing agent',
			webhook('failing', RESPOND),
			code(throws),
			respond(REPLY),
		);
		const settings = { ...failing.settings, errorWorkflow };
		await publish({ ...failing, settings });
		await useAi('failing');
		const [answer] = await chat();
		expect(answer?.fallback).toBe(true);
		const [group] = await vi.waitFor(async () => {
			const found = await listErrors('Failing agent');
			expect(found).toHaveLength(1);
			return found;
		}, 20_000);
		expect(group).toMatchObject({
			node: 'Code',
			last_error: {
				session_id: answer?.session_id,
				execution_url: expect.stringContaining(n8n.url) as string,
			},
		});
	});

	it('a failing model’s error contains no parameters of its node', async () => {
		await n8n.credential('openAiApi', 'Broken model', {
			apiKey: 'sk-none',
			url: standIn().openai.url('bad-request'),
		});
		const errorWorkflow = await n8n.save(documented('error-workflow'));
		await n8n.publish(errorWorkflow);
		const workflow = documented('chat-agent');
		const nodes = workflow.nodes.map((node) => {
			if (node.name === 'Webhook') return atPath('broken-agent', node);
			if (node.name !== 'Model') return node;
			return { ...node, credentials: { openAiApi: { id: null, name: 'Broken model' } } };
		});
		const settings = { ...workflow.settings, errorWorkflow };
		await publish({ ...workflow, name: 'Broken agent', nodes, settings });
		await useAi('broken-agent');
		const [answer] = await chat();
		expect(answer?.fallback).toBe(true);
		const groups = await vi.waitFor(async () => {
			const found = await listErrors('Broken agent');
			expect(found).toHaveLength(1);
			return found;
		}, 20_000);
		expect(JSON.stringify(groups)).not.toMatch(/systemMessage|You answer the visitors/);
	});

	it('fetches a conversation as a sub-workflow', async () => {
		await useAi('frontdesk-try');
		const [, { session_id } = { session_id: '' }] = await chat('A roof');
		const id = await n8n.save(documented('conversation-fetch'));
		await n8n.publish(id);
		await publish(
			chain(
				'Asks for a conversation',
				webhook('asks', { responseMode: 'lastNode' }),
				subWorkflow(id),
			),
		);
		const response = await fetch(production('asks'), {
			method: 'POST',
			headers: { 'content-type': 'application/json' },
			body: JSON.stringify({ session_id }),
		});
		expect(await response.json()).toEqual({
			session_id,
			transcript: 'ai: Hello! What can we do for you?\nuser: A roof',
			last_ai_message: 'Happy to help! What is your name?',
		});
	});

	it('stores messages of another channel once, however often they arrive', async () => {
		await publish(documented('ingest'));
		const message = {
			id: 17,
			from: '+44 7700 900123',
			text: 'Are you open?',
			direction: 'in',
			time: 1795428000000,
		};
		for (const expected of [
			{ stored: 1, duplicates: 0 },
			{ stored: 0, duplicates: 1 },
		]) {
			const response = await fetch(production('frontdesk-ingest'), {
				method: 'POST',
				headers: { 'content-type': 'application/json', [CALLS.name]: CALLS.value },
				body: JSON.stringify(message),
			});
			expect(await response.json()).toMatchObject({
				...expected,
				session: { session_id: 'session_sms_447700900123' },
			});
		}
	});

	it('the sync imports its Postgres Chat Memory', async () => {
		await n8n.credential('postgres', 'Chat memory', n8n.createPostgresCredential(databaseUrl));
		const workflow = documented('chat-agent');
		const nodes = workflow.nodes.map((node) => {
			if (node.name === 'Webhook') return atPath('remembering', node);
			if (node.name !== 'Memory') return node;
			return {
				...node,
				type: '@n8n/n8n-nodes-langchain.memoryPostgresChat',
				credentials: { postgres: { id: null, name: 'Chat memory' } },
			};
		});
		await publish({ ...workflow, name: 'Remembering agent', nodes });
		const response = await fetch(production('remembering'), {
			method: 'POST',
			headers: { 'content-type': 'application/json', [CALLS.name]: CALLS.value },
			body: JSON.stringify({
				action: 'message',
				session_id: 'session_elsewhere_1',
				message: 'Do you do roofs?',
				site: 'default',
				visitor: {},
			}),
		});
		expect(await response.text()).toContain('budget');
		expect(await ask('POST', 'sync')).toMatchObject({ sessions_created: 1, messages_imported: 2 });
		expect(await ask('POST', 'sync')).toMatchObject({ sessions_created: 0, messages_imported: 0 });
		const { messages } = transcript.parse(await ask('GET', 'sessions/session_elsewhere_1'));
		expect(messages.map(({ sender, message }) => [sender, message])).toEqual([
			['visitor', 'Do you do roofs?'],
			['ai', OPENAI_REPLY],
		]);
	});

	it('the sync doesn’t import its own agent’s prompts as visitor messages', async () => {
		await useAi('remembering');
		const [, { session_id } = { session_id: '' }] = await chat('Do you do roofs?');
		// The sync skips chats that were answered within the last minute.
		const past = "update ai_turns set started_at = 'epoch', finished_at = 'epoch'";
		await runSql(databaseUrl, past);
		expect(await ask('POST', 'sync')).toMatchObject({ messages_imported: 0, rows_postponed: 0 });
		const { messages } = transcript.parse(await ask('GET', `sessions/${session_id}`));
		expect(messages.map(({ sender }) => sender)).toEqual(['ai', 'visitor', 'ai']);
	});

	it('runs a suite of five cases against two published workflows, and reports what the second one fixed', async () => {
		const shipped = documented('chat-agent-without-llm');
		const at = (path: string, edit: (code: string) => string = (code) => code) => ({
			...shipped,
			name: path,
			nodes: shipped.nodes.map((node) => {
				if (node.name === 'Webhook') return atPath(path, node);
				if (node.name !== 'Decide') return node;
				return { ...node, parameters: { jsCode: edit(String(node.parameters['jsCode'])) } };
			}),
		});
		await publish(at('suite-one'));
		await publish(at('suite-two', documentedFix));
		const connector = { type: 'n8n', url: production('suite-one'), auth_header: CALLS };
		await ask('PATCH', 'sites/default', { connector });
		const giveName = ['A quote for a roof. I’m Ada, ada@example.com'];
		const asksNoName = { type: 'answer_excludes', text: 'What is your name' };
		const completed = { type: 'completed' };
		const asked = ['A quote', 'Ada', 'ada@example.com'];
		const case_ids: number[] = [];
		for (const [lines, check] of [
			[giveName, asksNoName],
			[giveName, completed],
			[asked, completed],
			[asked, { type: 'field_equals', key: 'name', value: 'Ada' }],
			[['A quote'], { type: 'answer_contains', line: 1, text: 'What is your name?' }],
		] as const) {
			const body = { site: 'default', lines, checks: [check] };
			case_ids.push(testCase.parse(await ask('POST', 'cases', body)).id);
		}
		const created = await ask('POST', 'suites', { site: 'default', name: 'Roofs', case_ids });
		const { id } = suiteDetail.parse(created);
		const runSuite = async (body: object) => {
			const started = suiteRun.parse(await ask('POST', `suites/${id}/runs`, body));
			return vi.waitFor(async () => {
				const found = suiteRunDetail.parse(await ask('GET', `suite-runs/${started.id}`));
				expect(found.finished_at).not.toBeNull();
				return found;
			}, 60_000);
		};
		expect(await runSuite({})).toMatchObject({ status: 'failed', passed: 3 });
		const candidate = { ...connector, url: production('suite-two') };
		expect(await runSuite({ connector: candidate })).toMatchObject({
			...{ status: 'passed', version: 'names', passed: 5, candidate_url: candidate.url },
			newly_passed: case_ids.slice(0, 2),
		});
	});

	describe('test connection', () => {
		const testConnection = async (url: string, value = CALLS.value) =>
			callReport.parse(
				await ask('POST', 'sites/default/connector/test', {
					type: 'n8n',
					url,
					auth_header: { ...CALLS, value },
				}),
			);

		it('passes for working workflows', async () => {
			expect(await testConnection(production('frontdesk-try'))).toMatchObject({
				is_ok: true,
				shape: 'json.reply',
			});
			expect(await testConnection(production('frontdesk-agent'))).toMatchObject({
				is_ok: true,
				shape: 'n8n-stream',
			});
		});

		it.each([
			['wrong_credentials', () => production('frontdesk-try')],
			['test_url', () => `${n8n.url}/webhook-test/frontdesk-try`],
			['workflow_not_active', () => production('no-such-path')],
		])('reports %s', async (fault, url) => {
			expect(await testConnection(url(), 'wrong')).toMatchObject({ is_ok: false, fault });
		});

		it('reports a workflow that is saved but not published', async () => {
			const id = await publish(chain('Once', webhook('once', RESPOND), respond(REPLY)));
			expect(await testConnection(production('once'))).toMatchObject({ is_ok: true });
			await n8n.unpublish(id);
			const gone = { fault: 'workflow_not_active' };
			await vi.waitFor(
				async () => expect(await testConnection(production('once'))).toMatchObject(gone),
				20_000,
			);
		});

		it.each([
			['answers_immediately', [webhook('immediately', { responseMode: 'onReceived' })]],
			['wrong_method', [webhook('by-get', { httpMethod: 'GET' })]],
			['empty_answer', [webhook('no-data', RESPOND), respond({ respondWith: 'noData' })]],
			[
				'empty_answer',
				[webhook('never-reached', RESPOND), code('return []'), respond({ respondWith: 'noData' })],
			],
			['respond_mode', [webhook('no-respond-node', RESPOND), code('return $input.all()')]],
			['respond_mode', [webhook('unused', { responseMode: 'lastNode' }), respond(REPLY)]],
			[
				'streaming_off_in_agent',
				[webhook('stream-off', { responseMode: 'streaming' }), code('return $input.all()')],
			],
			['no_data', [webhook('no-item', { responseMode: 'lastNode' }), code('return []')]],
			[
				'no_reply_in_answer',
				[webhook('no-reply', { responseMode: 'lastNode' }), code('return [{ json: { a: 1 } }]')],
			],
			[
				'workflow_failed',
				[webhook('fails', RESPOND), code("throw new Error('no')"), respond(REPLY)],
			],
			[
				'workflow_failed',
				[webhook('stream-fails', { responseMode: 'streaming' }), code("throw new Error('no')")],
			],
		])('reports %s', async (fault, nodes) => {
			const path = String(nodes[0]?.parameters['path']);
			await publish(chain(path, ...nodes));
			const result = await testConnection(production(path));
			expect(result, result.raw ?? '').toMatchObject({ is_ok: false, fault });
		});
	});
});

/** Returns the Webhook node at another path. */
const atPath = (path: string, node: WorkflowNode): WorkflowNode => ({
	...node,
	parameters: { ...node.parameters, path },
	webhookId: path,
});
const RESPOND = { responseMode: 'responseNode' };
const REPLY = { respondWith: 'json', responseBody: '={{ JSON.stringify({ reply: "Hello" }) }}' };

/** Returns the code of the node *Decide* with the lines that docs/improvement-loop.md replaces. */
function documentedFix(code: string): string {
	const fix =
		/```js workflow\n([^`]+)```/.exec(readFileSync('docs/improvement-loop.md', 'utf8'))?.[1] ?? '';
	const isReplaced = (line: string) => /^const (\[need, name\]|answer) /.test(line);
	const lines = code.split('\n');
	expect(lines.filter(isReplaced)).toHaveLength(2);
	const kept = lines.filter((line) => !isReplaced(line));
	return kept.toSpliced(lines.findIndex(isReplaced), 0, fix).join('\n');
}
