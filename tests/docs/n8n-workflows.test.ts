import { globSync, readFileSync } from 'node:fs';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { pageSchema } from '#lib/contract/common.ts';
import { errorGroup } from '#lib/contract/automation-error.ts';
import { callReport } from '#lib/contract/connector.ts';
import { delivery } from '#lib/contract/delivery.ts';
import { transcript } from '#lib/contract/session.ts';
import { turn } from '#lib/contract/turn.ts';
import { newWebhookEndpoint } from '#lib/contract/webhook-endpoint.ts';
import { sendMessageResult } from '#lib/contract/widget.ts';
import { deliveries } from '#lib/server/core/db/schema/index.ts';
import { sendDueDeliveries } from '#lib/server/delivery/webhooks/unchecked.ts';
import { createChat } from '../factories/chat.ts';
import { API_KEY } from '../support/server-api.ts';
import { execute, type Execution } from '../support/n8n/run.ts';
import { createWebhookHandler } from '../support/n8n/webhook.ts';
import { evaluate } from '../support/n8n/expressions.ts';
import { readWorkflow, workflow as workflowSchema } from '../support/n8n/workflow.ts';
import { useTestServer } from '../support/server.ts';
import { useStandIn } from '../support/use-stand-in.ts';

const server = useTestServer({ OUTBOUND_ALLOW_PRIVATE: 'true' });
const standIn = useStandIn();

const CALLS = { name: 'X-Api-Key', value: 'a secret between Frontdesk and n8n' };
const credentials = {
	'Frontdesk API key': { name: 'X-API-Key', value: API_KEY },
	'Frontdesk calls n8n': CALLS,
};
/** The addresses that workflows may contain: the example's, and those of the services they call. */
const ADDRESSES = [
	'https://frontdesk.example.com',
	'https://googleads.googleapis.com',
	'https://graph.facebook.com',
];
const files = globSync('docs/n8n/*.json').sort();

async function ask(method: string, path: string, body?: unknown): Promise<unknown> {
	const response = await fetch(server.url + path, {
		method,
		headers: { 'X-API-Key': API_KEY, 'Content-Type': 'application/json' },
		body: body === undefined ? undefined : JSON.stringify(body),
	});
	const answer: unknown = await response.json();
	expect({ status: response.status, answer }).toMatchObject({
		status: expect.toBeOneOf([200, 201]) as number,
	});
	return answer;
}

/** Serves a workflow. Returns its address. */
function serve(
	name: string,
	more: Partial<Parameters<typeof createWebhookHandler>[1]> = {},
): string {
	const path = `/workflow/${name}`;
	const workflow = readWorkflow(name, server.url);
	standIn().route(path, createWebhookHandler(workflow, { credentials, ...more }));
	return standIn().url + path;
}

const useAi = (url: string) =>
	ask('PATCH', '/api/sites/default', { connector: { type: 'n8n', url, auth_header: CALLS } });

/** Starts a chat and sends these messages one after another. Returns all answers. */
async function chat(...texts: string[]) {
	let who = {};
	const answers = [];
	for (const message of ['', ...texts]) {
		const sent = { message, site: 'default', ...who };
		const result = sendMessageResult.parse(await ask('POST', '/api/embed-chat/send-message', sent));
		who = { session_id: result.session_id, token: result.token };
		answers.push(result);
	}
	return answers;
}

describe.each(files)('%s', (file) => {
	const text = readFileSync(file, 'utf8');
	const { nodes, connections } = readWorkflow(file.replace(/^.*\/|\.json$/g, ''));
	const names = nodes.map(({ name }) => name);

	it('is a valid workflow whose connections lead to existing nodes', () => {
		expect(new Set(names).size).toBe(names.length);
		expect(new Set(nodes.map(({ id }) => id)).size).toBe(names.length);
		const linked = Object.entries(connections).flatMap(([from, kinds]) => [
			from,
			...Object.values(kinds).flatMap((outputs) => outputs.flat().map(({ node }) => node)),
		]);
		expect(names.sort()).toEqual([...new Set(linked)].sort());
	});

	it("contains no secret and no address except the example's", () => {
		expect(text).not.toMatch(/whsec_|\bsk-|password|fd_[A-Za-z0-9]{8}/i);
		const addresses = [...text.matchAll(/https?:\/\/[^/"\s]+/g)].map(([address]) => address);
		expect(addresses.filter((address) => !ADDRESSES.includes(address))).toEqual([]);
	});
});

describe('the chat agent without an LLM', () => {
	beforeAll(() => useAi(serve('chat-agent-without-llm')));

	it('guides a visitor from the greeting to a complete lead', async () => {
		const answers = await chat('A quote for a roof', 'Ada', 'no mail', 'ada@example.com');
		expect(answers.map(({ response }) => response)).toEqual([
			'Hello! What can we do for you?',
			'Happy to help! What is your name?',
			'Thank you, Ada. Which email address can we write to?',
			'Thank you, Ada. Which email address can we write to?',
			'Thank you, Ada! Someone will be in touch within 24 hours.',
		]);
		expect(answers[0]?.quick_replies).toEqual(['A quote', 'A question']);
		expect(answers.some(({ fallback }) => fallback)).toBe(false);
		const last = answers.at(-1);
		expect(last?.completion_status).toBe('complete');
		const path = `/api/sessions/${last?.session_id}`;
		expect(transcript.parse(await ask('GET', path)).lead).toMatchObject({
			name: 'Ada',
			email: 'ada@example.com',
			answers: { need: 'A quote for a roof' },
		});
	});

	it('passes the connection test, and fails it with the wrong header', async () => {
		const path = '/api/sites/default/connector/test';
		const url = `${standIn().url}/workflow/chat-agent-without-llm`;
		const testConnection = async (value: string) =>
			callReport.parse(
				await ask('POST', path, { type: 'n8n', url, auth_header: { ...CALLS, value } }),
			);
		expect(await testConnection(CALLS.value)).toMatchObject({ is_ok: true, shape: 'json.reply' });
		expect(await testConnection('wrong')).toMatchObject({
			is_ok: false,
			fault: 'wrong_credentials',
		});
	});
});

describe('the chat agent', () => {
	const replies = ['Hello, what do you need?', 'Thank you! Someone will call within 24 hours.'];
	const extracted: unknown[] = [];

	it('streams its reply once, with what the model extracts, and completion', async () => {
		const agent = () => [{ json: { output: replies.shift() ?? '' } }];
		const extract = (items: unknown[]) => {
			extracted.push(items);
			const lead = { email: 'ada@example.com', phone: '+44 20 7946 0958', name: null };
			return [{ json: { output: { lead, asked: null, completed: true, handoff: null } } }];
		};
		await useAi(serve('chat-agent', { mocks: { 'AI Agent': agent, Extract: extract } }));
		const [greeting, answer] = await chat('I am ada@example.com, +44 20 7946 0958');
		expect(greeting?.response).toBe('Hello, what do you need?');
		expect(answer).toMatchObject({
			response: 'Thank you! Someone will call within 24 hours.',
			completion_status: 'complete',
		});
		// Nothing is extracted from the greeting.
		expect(extracted).toHaveLength(1);
		const { lead } = transcript.parse(await ask('GET', `/api/sessions/${answer?.session_id}`));
		expect(lead).toMatchObject({ email: 'ada@example.com', phone: '+442079460958' });
	});

	it('replies even if nothing can be extracted, which its turn notes', async () => {
		const agent = () => [{ json: { output: 'Which street is it?' } }];
		const extract = () => [{ json: { error: 'Model output doesn’t fit required format' } }];
		await useAi(serve('chat-agent', { mocks: { 'AI Agent': agent, Extract: extract } }));
		const [, answer] = await chat('Hello');
		expect(answer).toMatchObject({ response: 'Which street is it?', fallback: false });
		const { items } = pageSchema(turn).parse(
			await ask('GET', `/api/turns?session_id=${answer?.session_id}`),
		);
		expect(items[0]?.notes).toMatchObject([{ kind: 'unknown', path: 'extraction_failed' }]);
	});

	it('extracts the site’s questions by a schema that its call contains', () => {
		const { nodes } = readWorkflow('chat-agent', server.url);
		const schemaExpression = nodes.find(({ name }) => name === 'Extract')?.parameters[
			'inputSchema'
		];
		const body = { questions: [{ key: 'roof', label: 'Roof' }], message: 'Hi' };
		const outputs = new Map([['Webhook', [{ json: { body } }]]]);
		const schema: unknown = JSON.parse(
			String(evaluate(String(schemaExpression), { items: [{ json: {} }], outputs })),
		);
		expect(schema).toMatchObject({
			type: 'object',
			properties: {
				lead: {
					properties: { email: {}, roof: { type: ['string', 'null'], description: 'Roof' } },
				},
				asked: { description: expect.stringContaining('roof') as string },
			},
		});
	});
});

describe('the agent of a site', () => {
	it('has its questions in instructions and schema, and names their version', async () => {
		await ask('PATCH', '/api/sites/default', {
			questions: [
				{ key: 'roof', label: 'Roof {{ type }}', type: 'choice', options: ['flat', 'steep'] },
				{ key: 'email', label: 'Email', type: 'email' },
			],
		});
		const workflow = workflowSchema.parse(
			await ask('GET', '/api/sites/default/n8n/workflows/site-agent'),
		);
		const node = (name: string) => workflow.nodes.find((one) => one.name === name)?.parameters;
		const schema: unknown = JSON.parse(String(node('Output format')?.['inputSchema']));
		expect(schema).toMatchObject({
			properties: {
				reply: { type: 'string' },
				lead: { properties: { roof: { enum: ['flat', 'steep', null] }, email: {} } },
				asked: { enum: ['roof', 'email', null] },
			},
			required: ['reply'],
		});
		expect(node('AI Agent')).toMatchObject({ hasOutputParser: true });
		const instructions = JSON.stringify(node('AI Agent'));
		expect(instructions).toContain('- roof: Roof { { type } } (required) [flat | steep]');
		expect(instructions).not.toContain('$json.body.questions');
		expect(node('Respond to Webhook')?.['responseBody']).toMatch(/version: "site-[0-9a-f]{8}"/);
	});

	it('answers without streaming, and Frontdesk reads every field', async () => {
		const output = {
			reply: 'Is it flat or steep?',
			lead: { email: 'ada@example.com', roof: null },
			asked: 'roof',
			completed: false,
			quick_replies: ['flat', 'steep'],
			unanswered: 'Do you rent cranes?',
		};
		const agent = () => [{ json: { output } }];
		await useAi(serve('site-agent', { mocks: { 'AI Agent': agent } }));
		const [, answer] = await chat('Do you rent cranes? I am ada@example.com');
		expect(answer).toMatchObject({ response: output.reply, quick_replies: ['flat', 'steep'] });
		const { items } = pageSchema(turn).parse(
			await ask('GET', `/api/turns?session_id=${answer?.session_id}`),
		);
		const { asked, unanswered, version } = items[0] ?? {};
		expect({ asked, unanswered, version }).toEqual({
			asked: 'roof',
			unanswered: 'Do you rent cranes?',
			version: 'example',
		});
		expect(items[0]?.notes).toEqual([]);
	});
});

describe.each(['chat-agent-without-llm', 'chat-agent', 'site-agent', 'lead-intake'])(
	'before the CRM nodes of %s',
	(name) => {
		it.each([
			[true, 'Test: no CRM'],
			[false, 'Your CRM'],
		])('a test (%s) goes to "%s"', async (is_test, expected) => {
			const workflow = readWorkflow(name, server.url);
			const after = Object.entries(workflow.connections).find(([, { main }]) =>
				main?.flat().some(({ node }) => node === 'Is it a test?'),
			)?.[0];
			const start = { ...workflow, connections: { ...workflow.connections } };
			start.connections['Webhook'] = {
				main: [[{ node: 'Is it a test?', type: 'main', index: 0 }]],
			};
			expect(after).toBeDefined();
			const body = { is_test, data: { is_test } };
			const { outputs } = await execute(start, [{ json: { body } }], credentials);
			const [, , next] = outputs.keys();
			expect(next).toBe(name === 'lead-intake' && !is_test ? 'What happened?' : expected);
		});
	},
);

describe('the lead intake', () => {
	const runs: Execution[] = [];
	let secret = '';
	beforeEach(() => runs.splice(0));
	beforeAll(async () => {
		// An earlier test's agent would add its lead to these chats.
		await ask('PATCH', '/api/sites/default', { connector: { type: 'scripted' } });
		const url = serve('lead-intake', {
			credentials: {
				get 'Frontdesk lead secret'() {
					return { hmacSecret: secret };
				},
			},
			onRun: (run) => runs.push(run),
		});
		const endpoint = { site: 'default', url };
		({ secret } = newWebhookEndpoint.parse(await ask('POST', '/api/webhook-endpoints', endpoint)));
	});

	it('accepts a delivery, byte for byte', async () => {
		const lead = { name: 'Zoë 🌍', email: 'zoe@example.com', budget: '1.0' };
		const { session_id } = await createChat(server.ctx(), { lead });
		await ask('PATCH', `/api/sessions/${session_id}`, { completion_status: 'complete' });
		await sendDueDeliveries(server.ctx());
		const { items } = pageSchema(delivery).parse(await ask('GET', '/api/deliveries'));
		expect(items[0]).toMatchObject({ status: 'delivered' });
		expect(runs[0]?.answers[0]).toMatchObject({ node: 'Taken', status: 200 });
		expect(runs[0]?.outputs.get('Lead')?.[0]?.json).toMatchObject({
			event: 'lead.completed',
			session_id,
			name: 'Zoë 🌍',
			email: 'zoe@example.com',
			answers: '{"budget":"1.0"}',
		});
	});

	it('adds a lead once: its changes and its withdrawal go to nodes of their own', async () => {
		const { session_id } = await createChat(server.ctx(), { lead: { email: 'ada@example.com' } });
		const deliver = async (change: Promise<unknown>) => {
			await change;
			await server.app.db.update(deliveries).set({ next_attempt_at: server.app.clock() });
			await sendDueDeliveries(server.ctx());
			const run = runs.at(-1);
			return { path: [...(run?.outputs.keys() ?? [])], lead: run?.outputs.get('Lead')?.[0]?.json };
		};
		const chat = `/api/sessions/${session_id}`;
		const added = await deliver(ask('PATCH', chat, { completion_status: 'complete' }));
		expect(added.path.slice(-2)).toEqual(['What happened?', 'Your CRM: add']);
		const changed = await deliver(ask('PUT', `${chat}/lead`, { phone: '+44 20 7946 0958' }));
		expect(changed.path.slice(-2)).toEqual(['What happened?', 'Your CRM: update']);
		expect(changed.lead).toMatchObject({
			session_id,
			version: 2,
			amends: added.lead?.['delivery'],
			phone: '+442079460958',
		});
		const reason = 'Only asked for a price';
		const withdrawn = await deliver(ask('POST', `${chat}/undo-completion`, { reason }));
		expect(withdrawn.path.slice(-2)).toEqual(['What happened?', 'Your CRM: withdraw']);
		expect(withdrawn.lead).toMatchObject({ session_id, reason });
		expect(runs).toHaveLength(3);
	});

	it('adds no lead for other events', async () => {
		const whole = readWorkflow('lead-intake', server.url);
		const start = { ...whole, connections: { ...whole.connections } };
		start.connections['Webhook'] = { main: [[{ node: 'What happened?', type: 'main', index: 0 }]] };
		const body = { type: 'lead.overdue', data: {} };
		const { outputs } = await execute(start, [{ json: { body } }], credentials);
		expect([...outputs.keys()]).toEqual(['Webhook', 'What happened?', 'Not a lead']);
	});

	it.each([
		['a forged signature', { 'x-frontdesk-signature': `sha256=${'0'.repeat(64)}` }],
		['no signature', {}],
	])('rejects %s', async (_, headers) => {
		const response = await fetch(`${standIn().url}/workflow/lead-intake`, {
			method: 'POST',
			headers: { 'content-type': 'application/json', ...headers },
			body: JSON.stringify({ type: 'lead.completed', data: { session: {}, lead: null } }),
		});
		expect(response.status).toBe(401);
		expect(runs[0]?.outputs.has('Lead')).toBe(false);
	});
});

it('the error workflow reports a failure, and Frontdesk finds its chat', async () => {
	const { session_id } = await createChat(server.ctx());
	const failure = {
		execution: {
			id: '7',
			url: 'https://n8n.example.com/workflow/1/executions/7',
			error: {
				message: `no answer for ${session_id}`,
				node: { name: 'AI Agent', parameters: { key: 'hidden' } },
			},
			lastNodeExecuted: 'AI Agent',
			mode: 'webhook',
		},
		workflow: { id: '1', name: 'Frontdesk: chat agent' },
	};
	await execute(readWorkflow('error-workflow', server.url), [{ json: failure }], credentials);
	const { items } = pageSchema(errorGroup).parse(
		await ask('GET', '/api/errors?workflow=Frontdesk%3A%20chat%20agent'),
	);
	expect(items[0]).toMatchObject({
		workflow: 'Frontdesk: chat agent',
		node: 'AI Agent',
		last_error: { session_id, execution_id: '7' },
	});
	expect(JSON.stringify(items)).not.toContain('hidden');
});

it('the conversation workflow returns a transcript', async () => {
	const { session_id } = await createChat(server.ctx(), { messages: ['Hello', 'Anybody there?'] });
	const workflow = readWorkflow('conversation-fetch', server.url);
	const { outputs } = await execute(workflow, [{ json: { session_id } }], credentials);
	expect(outputs.get('Transcript')?.[0]?.json).toMatchObject({
		session_id,
		transcript: expect.stringContaining('user: Hello') as string,
	});
});

it('the ingest workflow stores a message once, however often it arrives', async () => {
	const url = serve('ingest');
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
		const response = await fetch(url, {
			method: 'POST',
			headers: { 'content-type': 'application/json', 'x-api-key': CALLS.value },
			body: JSON.stringify(message),
		});
		expect(await response.json()).toMatchObject({
			...expected,
			session: { session_id: 'session_sms_447700900123' },
		});
	}
});
