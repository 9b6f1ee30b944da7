import { describe, expect, it } from 'vitest';
import type { ConnectorFault } from '#lib/contract/connector.ts';
import { useTestApp } from '../../../../../tests/support/app';
import { type AiMode, reset } from '../../../../../tests/support/stand-in';
import { useStandIn } from '../../../../../tests/support/use-stand-in';
import { createOutbound } from '#lib/server/core/outbound/index.ts';
import { chat_sessions, ai_turns } from '#lib/server/core/db/schema/index.ts';
import { tryConnector } from '../turns';

const t = useTestApp();
const standIn = useStandIn();

const tryUrl = (url: string, value?: string) =>
	tryConnector(t.ctx(), 'default', {
		type: 'n8n',
		url,
		auth_header: value === undefined ? null : { name: 'X-Key', value },
	});
const tryMode = (mode: AiMode) => tryUrl(standIn().ai.url(mode));

describe('a trial of an AI', () => {
	it('that works shows reply, lead, timing and the raw answer, and makes no chat session', async () => {
		const trial = await tryMode('completed');
		expect(trial).toMatchObject({
			is_ok: true,
			fault: null,
			http_status: 200,
			shape: 'json.reply',
			execution_id: '231',
			reply: 'Thank you! Somebody will be in touch.',
			completed: true,
			lead: { email: 'ada@example.com' },
			is_raw_cut: false,
		});
		expect(JSON.parse(trial.raw ?? '')).toMatchObject({ completed: true });
		expect(JSON.parse(trial.request ?? '')).toMatchObject({ action: 'start', message: '' });
		expect(trial.first_byte_ms).toBeLessThanOrEqual(trial.total_ms);
		expect(await t.app.db.select().from(chat_sessions)).toEqual([]);
		expect(await t.app.db.select().from(ai_turns)).toEqual([]);
	});

	it('that streams is put together, its lines shown as they came', async () => {
		const trial = await tryMode('stream');
		expect(trial).toMatchObject({
			is_ok: true,
			shape: expect.stringContaining('stream') as string,
		});
		expect(trial.raw?.split('\n').length).toBeGreaterThan(3);
	});

	it('of the built-in one needs no network', async () => {
		const trial = await tryConnector(t.ctx(), 'default', { type: 'scripted' });
		expect(trial).toMatchObject({ is_ok: true, http_status: null, raw: null });
		expect(trial.reply).toContain('help');
	});

	it('of a large answer shows its beginning', async () => {
		const trial = await tryMode('huge');
		expect(trial).toMatchObject({ fault: 'too_large', is_raw_cut: true });
		expect(trial.raw).toHaveLength(16 * 1024);
	});

	it('never shows the secret, should the workflow send it back', async () => {
		standIn().ai.next(({ request, response }) => {
			response.end(JSON.stringify({ reply: `You sent ${String(request.headers['x-key'])}` }));
		});
		const trial = await tryUrl(standIn().ai.url('echo'), 'hunter2-hunter2');
		expect(trial).toMatchObject({ is_ok: true, reply: 'You sent ••••••' });
		expect(JSON.stringify(trial)).not.toContain('hunter2');
	});
});

describe('a trial of an OpenAI-compatible API', () => {
	const tryModel = (path: string, api_key?: string) =>
		tryConnector(t.ctx(), 'default', {
			type: 'openai',
			base_url: standIn().url + path,
			model: 'small',
			api_key,
		});

	it('shows the reply and keeps the key to itself', async () => {
		standIn().route('/v1/chat/completions', ({ request, response }) => {
			const content = `Hello! ${String(request.headers.authorization)}`;
			response.setHeader('content-type', 'application/json');
			response.end(JSON.stringify({ choices: [{ message: { role: 'assistant', content } }] }));
		});
		const trial = await tryModel('/v1', 'sk-0123456789');
		expect(trial).toMatchObject({ is_ok: true, reply: 'Hello! Bearer ••••••' });
		expect(JSON.stringify(trial)).not.toContain('sk-0123456789');
	});

	it.each([
		[401, 'wrong_credentials', /key/],
		[404, 'workflow_not_active', /base URL/],
		[400, 'bad_status', /status/],
	] as const)('that answers %i says so in words of an API', async (status, fault, remedy) => {
		standIn().route('/v2/chat/completions', ({ response }) => {
			response.writeHead(status, { 'content-type': 'application/json' }).end('{}');
		});
		const trial = await tryModel('/v2');
		expect(trial).toMatchObject({ fault, http_status: status });
		expect(trial.remedy).toMatch(remedy);
		expect(`${trial.title} ${trial.remedy ?? ''}`).not.toMatch(/workflow|n8n|Webhook/);
	});
});

describe('a trial that fails names the fault and its remedy', () => {
	const MODES: [AiMode, ConnectorFault, RegExp][] = [
		['not-registered', 'workflow_not_active', /Publish/],
		['test-url', 'test_url', /production URL/],
		['wrong-method', 'wrong_method', /POST/],
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
		['unused-respond-node', 'respond_mode', /take the node away/],
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
		const trial = await tryMode(mode);
		expect(trial).toMatchObject({
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
		const trial = await tryMode('echo');
		expect(trial).toMatchObject({ fault: 'streaming_off_in_agent' });
	});

	it('a test URL, by its address alone', async () => {
		standIn().route('/webhook-test/chat', ({ response }) => void response.writeHead(404).end());
		const trial = await tryUrl(`${standIn().url}/webhook-test/chat`);
		expect(trial).toMatchObject({ fault: 'test_url', http_status: 404 });
	});

	it('a name that does not exist, a port where nobody listens, a port without TLS', async () => {
		expect(await tryUrl('http://nowhere.invalid/')).toMatchObject({ fault: 'dns' });
		expect(await tryUrl('http://127.0.0.1:9/')).toMatchObject({ fault: 'refused' });
		expect(await tryUrl(standIn().url.replace('http:', 'https:'))).toMatchObject({ fault: 'tls' });
		standIn().route('/cut', ({ response }) => reset(response));
		expect(await tryUrl(`${standIn().url}/cut`)).toMatchObject({ fault: 'broken_off' });
	});

	it('a private address, with the setting that opens it', async () => {
		const outbound = createOutbound({ allowPrivate: false });
		const ctx = { ...t.ctx(), app: { ...t.app, outbound } };
		const trial = await tryConnector(ctx, 'default', { type: 'n8n', url: standIn().url });
		expect(trial).toMatchObject({
			fault: 'private_address',
			remedy: expect.stringContaining('OUTBOUND_ALLOW_PRIVATE=true') as string,
			request: expect.any(String) as string,
			raw: null,
		});
		await outbound.close();
	});
});
