import { describe, expect, it } from 'vitest';
import type { ConnectorFault } from '#lib/contract/connector.ts';
import { useTestApp } from '../../../../../tests/support/app.ts';
import { type AiMode, reset } from '../../../../../tests/support/stand-in/index.ts';
import { useStandIn } from '../../../../../tests/support/use-stand-in.ts';
import { createOutbound } from '#lib/server/core/outbound/index.ts';
import { chat_sessions, ai_turns } from '#lib/server/core/db/schema/index.ts';
import { testConnection } from '../turns/index.ts';

const t = useTestApp();
const standIn = useStandIn();

const tryUrl = (url: string, value?: string) =>
	testConnection(t.ctx(), 'default', {
		type: 'n8n',
		url,
		auth_header: value === undefined ? null : { name: 'X-Key', value },
	});
const tryMode = (mode: AiMode) => tryUrl(standIn().ai.url(mode));

describe('a connection test', () => {
	it('reports reply, lead, timing and raw answer, and creates no chat session', async () => {
		const report = await tryMode('completed');
		expect(report).toMatchObject({
			is_ok: true,
			fault: null,
			http_status: 200,
			shape: 'json.reply',
			execution_id: '231',
			reply: 'Thank you! Someone will be in touch.',
			completed: true,
			lead: { email: 'ada@example.com' },
			is_raw_cut: false,
		});
		expect(JSON.parse(report.raw ?? '')).toMatchObject({ completed: true });
		expect(JSON.parse(report.request ?? '')).toMatchObject({ action: 'start', message: '' });
		expect(report.first_byte_ms).toBeLessThanOrEqual(report.total_ms);
		expect(await t.app.db.select().from(chat_sessions)).toEqual([]);
		expect(await t.app.db.select().from(ai_turns)).toEqual([]);
	});

	it('sends a message after the greeting, in the same chat, both marked as a test', async () => {
		standIn().ai.recorder.clear();
		const report = await tryMode('echo');
		const sent = standIn().ai.recorder.requests;
		const [start, message] = sent.map((request) => request.json() as Record<string, unknown>);
		expect(sent).toHaveLength(2);
		expect(start).toMatchObject({ action: 'start', is_test: true });
		expect(message).toMatchObject({
			action: 'message',
			is_test: true,
			message: expect.stringContaining('test') as string,
			session_id: start?.['session_id'],
		});
		expect(message?.['turn_id']).not.toBe(start?.['turn_id']);
		for (const { headers } of sent) {
			expect(headers).toMatchObject({
				'x-frontdesk-test': '1',
				'user-agent': 'Frontdesk/1.0 (chat)',
			});
		}
		expect(report).toMatchObject({ is_ok: true, step: 'start' });
	});

	it('fails when only the answer to a message fails', async () => {
		standIn().ai.next(({ response }) => void response.end('{"reply":"Hello!"}'));
		const report = await tryMode('error-in-workflow');
		expect(report).toMatchObject({ is_ok: false, step: 'message', fault: 'workflow_failed' });
	});

	it('warns when the AI answers the message with its greeting', async () => {
		expect(await tryMode('completed')).toMatchObject({
			warning: expect.stringContaining('greeting') as string,
		});
		standIn().ai.next(({ response }) => void response.end('{"reply":"Hello!"}'));
		expect(await tryMode('completed')).toMatchObject({ reply: 'Hello!', warning: null });
	});

	it('joins a streamed answer and shows its raw lines', async () => {
		const report = await tryMode('stream');
		expect(report).toMatchObject({
			is_ok: true,
			shape: expect.stringContaining('stream') as string,
		});
		expect(report.raw?.split('\n').length).toBeGreaterThan(3);
	});

	it('of the built-in AI needs no network', async () => {
		const report = await testConnection(t.ctx(), 'default', { type: 'scripted' });
		expect(report).toMatchObject({ is_ok: true, http_status: null, raw: null });
		expect(report.reply).toContain('help');
	});

	it('shows the beginning of a large answer', async () => {
		const report = await tryMode('huge');
		expect(report).toMatchObject({ fault: 'too_large', is_raw_cut: true });
		expect(report.raw).toHaveLength(16 * 1024);
	});

	it('masks the secret when the workflow echoes it', async () => {
		standIn().ai.next(({ request, response }) => {
			response.end(JSON.stringify({ reply: `You sent ${String(request.headers['x-key'])}` }));
		});
		const report = await tryUrl(standIn().ai.url('echo'), 'hunter2-hunter2');
		expect(report).toMatchObject({ is_ok: true, reply: 'You sent ••••••' });
		expect(JSON.stringify(report)).not.toContain('hunter2');
	});
});

describe('a connection test of an OpenAI-compatible API', () => {
	const tryModel = (path: string, api_key?: string) =>
		testConnection(t.ctx(), 'default', {
			type: 'openai',
			base_url: standIn().url + path,
			model: 'small',
			api_key,
		});

	it('shows the reply and masks the key', async () => {
		standIn().route('/v1/chat/completions', ({ request, response }) => {
			const content = `Hello! ${String(request.headers.authorization)}`;
			response.setHeader('content-type', 'application/json');
			response.end(JSON.stringify({ choices: [{ message: { role: 'assistant', content } }] }));
		});
		const report = await tryModel('/v1', 'sk-0123456789');
		expect(report).toMatchObject({ is_ok: true, reply: 'Hello! Bearer ••••••' });
		expect(JSON.stringify(report)).not.toContain('sk-0123456789');
	});

	it.each([
		[401, 'wrong_credentials', /key/, null],
		[404, 'workflow_not_active', /base URL/, null],
		[400, 'bad_status', /status/, 'Status 400. It said: "Too long"'],
	] as const)('explains status %i in terms of an API', async (status, fault, remedy, refusal) => {
		standIn().route('/v2/chat/completions', ({ response }) => {
			response.writeHead(status, { 'content-type': 'application/json' });
			response.end('{"error": {"message": "Too long"}}');
		});
		const report = await tryModel('/v2');
		expect(report).toMatchObject({ fault, http_status: status, refusal });
		expect(report.detail).toContain(refusal ?? '(Status ');
		expect(report.remedy).toMatch(remedy);
		expect(`${report.title} ${report.remedy ?? ''}`).not.toMatch(/workflow|n8n|Webhook/);
	});
});

describe('a failed connection test names the fault and its remedy', () => {
	const MODES: [AiMode, ConnectorFault, RegExp][] = [
		['not-registered', 'workflow_not_active', /Publish/],
		['test-url', 'test_url', /production URL/],
		['wrong-method', 'wrong_method', /POST/],
		['registering', 'workflow_not_active', /Publish/],
		['started', 'answers_immediately', /When Last Node Finishes/],
		['execution-started', 'answers_by_chat_nodes', /response mode/],
		['no-data', 'no_data', /last node/],
		['forbidden', 'wrong_credentials', /Header Auth/],
		['unauthorized', 'wrong_credentials', /Header Auth/],
		['not-allowed', 'address_not_allowed', /Whitelist/],
		['empty', 'empty_answer', /Respond to Webhook/],
		['stream-silent', 'empty_answer', /streaming/],
		['null', 'empty_answer', /Respond to Webhook/],
		['html', 'html_answer', /production URL/],
		['stream-html', 'html_answer', /sign-in page/],
		['no-reply', 'no_reply_in_answer', /"reply"/],
		['broken-json', 'no_reply_in_answer', /"reply"/],
		['error-in-workflow', 'workflow_failed', /last execution/],
		['no-item', 'no_data', /last node/],
		['no-respond-node', 'respond_mode', /Using 'Respond to Webhook' Node/],
		['unused-respond-node', 'respond_mode', /remove the node/],
		['timed-out', 'workflow_failed', /last execution/],
		['stream-error', 'workflow_failed', /last execution/],
		['stream-error-null', 'workflow_failed', /last execution/],
		['gateway-timeout', 'gateway', /proxy/],
		['rate-limited', 'rate_limited', /limit/],
		['redirect', 'redirect', /redirects to/],
		['reset', 'broken_off', /proxy/],
		['hang-up', 'broken_off', /proxy/],
		['stream-reset', 'broken_off', /proxy/],
	];

	it.each(MODES)('%s: %s', async (mode, fault, remedy) => {
		const report = await tryMode(mode);
		expect(report).toMatchObject({
			is_ok: false,
			fault,
			remedy: expect.stringMatching(remedy) as string,
			detail: expect.stringMatching(/\S/) as string,
		});
	});

	it('a streaming trigger in front of an agent that does not stream', async () => {
		standIn().ai.next(({ response }) => {
			response.writeHead(200, {
				'content-type': 'application/json; charset=utf-8',
				'cache-control': 'no-cache',
			});
			response.end();
		});
		const report = await tryMode('echo');
		expect(report).toMatchObject({ fault: 'streaming_off_in_agent' });
	});

	it.each([
		'<p><b>Success!</b></p>\n<p>To customize this response, check out our docs <a href="https://x.example">here</a></p>',
		"Congratulations! You've fired the lead event",
		'Accepted',
	])('another platform’s acknowledgement: %s', async (text) => {
		standIn().ai.next(({ response }) => void response.end(text));
		expect(await tryMode('echo')).toMatchObject({
			fault: 'answers_immediately',
			remedy: expect.stringContaining('other platforms') as string,
		});
	});

	// The texts of n8n 1 and n8n 2 (packages/nodes-base/nodes/Webhook/Webhook.node.ts); reported in
	// https://community.n8n.io/t/ip-s-whitelist-on-webhook-node/30943 and https://github.com/n8n-io/n8n/issues/24161.
	it.each([
		'IP is not allowed to access the webhook!',
		'IP is not whitelisted to access the webhook!',
	])('an IP list: %s', async (text) => {
		standIn().ai.next(({ response }) => void response.writeHead(403).end(text));
		const report = await tryMode('echo');
		expect(report).toMatchObject({
			fault: 'address_not_allowed',
			remedy: expect.stringMatching(/Allowlist.*Whitelist/s) as string,
			detail: expect.stringContaining('list of allowed addresses') as string,
		});
	});

	it('“Ignore Bots” beside wrong credentials, which n8n refuses with the same text', async () => {
		const report = await tryMode('forbidden');
		expect(report.remedy).toContain('Ignore Bots');
	});

	it.each(['/', '/workflow/zj6zQp2lNIODOkk5', '/home/workflows', '/frontdesk-try'])(
		'an address of n8n that is not a webhook: %s',
		async (path) => {
			standIn().route(path, ({ response }) => {
				response.writeHead(404, { 'content-type': 'text/html; charset=utf-8' });
				response.end(`<!DOCTYPE html><html><body><pre>Cannot POST ${path}</pre></body></html>`);
			});
			const report = await tryUrl(standIn().url + path);
			expect(report).toMatchObject({
				fault: 'not_a_webhook_url',
				remedy: expect.stringContaining('/webhook/') as string,
			});
		},
	);

	it('the URL of a Chat Trigger without /chat, and runs nothing', async () => {
		const path = '/webhook/6b1f1c1e-0000-4000-8000-000000000001';
		const notRegistered = JSON.stringify({
			code: 404,
			message: `The requested webhook "POST ${path.slice(9)}" is not registered.`,
		});
		const didYouMean =
			'{"code":404,"message":"This webhook is not registered for PUT requests. Did you mean to make a GET or POST request?"}';
		const methods: string[] = [];
		standIn().route(path, ({ response }) => void response.writeHead(404).end(notRegistered));
		standIn().route(`${path}/chat`, ({ request, response }) => {
			methods.push(request.method);
			response.writeHead(404).end(didYouMean);
		});
		expect(await tryUrl(standIn().url + path)).toMatchObject({
			fault: 'chat_path_missing',
			title: expect.stringContaining('/chat') as string,
		});
		expect(methods).toEqual(['PUT']);
	});

	it('“Immediately” without a body', async () => {
		const report = await tryMode('empty');
		expect(report.remedy).toContain('Immediately');
	});

	it('a test URL, recognized by its path', async () => {
		standIn().route('/webhook-test/chat', ({ response }) => void response.writeHead(404).end());
		const report = await tryUrl(`${standIn().url}/webhook-test/chat`);
		expect(report).toMatchObject({ fault: 'test_url', http_status: 404 });
	});

	it('an unknown host, a closed port, a port without TLS', async () => {
		expect(await tryUrl('http://nowhere.invalid/')).toMatchObject({ fault: 'dns' });
		expect(await tryUrl('http://127.0.0.1:9/')).toMatchObject({ fault: 'refused' });
		expect(await tryUrl(standIn().url.replace('http:', 'https:'))).toMatchObject({ fault: 'tls' });
		standIn().route('/cut', ({ response }) => reset(response));
		expect(await tryUrl(`${standIn().url}/cut`)).toMatchObject({ fault: 'broken_off' });
	});

	it('a private address, with the setting that allows it', async () => {
		const outbound = createOutbound({ allowPrivate: false });
		const ctx = { ...t.ctx(), app: { ...t.app, outbound } };
		const report = await testConnection(ctx, 'default', { type: 'n8n', url: standIn().url });
		expect(report).toMatchObject({
			fault: 'private_address',
			remedy: expect.stringContaining('OUTBOUND_ALLOW_PRIVATE=true') as string,
			request: expect.any(String) as string,
			raw: null,
		});
		await outbound.close();
	});
});
