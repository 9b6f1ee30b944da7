import { describe, expect, it } from 'vitest';
import type { WebhookTest } from '#lib/contract/webhook-endpoint.ts';
import { createDelivery } from '../../../../../tests/factories/delivery.ts';
import { useTestApp } from '../../../../../tests/support/app.ts';
import { useReceivers } from '../../../../../tests/support/receivers.ts';
import type { WebhookAnswer } from '../../../../../tests/support/stand-in/index.ts';
import { webhook_endpoints } from '#lib/server/core/db/schema/index.ts';
import { createEndpoint, testEndpoint, updateEndpoint } from './index.ts';
import { sendDueDeliveries } from './unchecked.ts';

const t = useTestApp({ OUTBOUND_ALLOW_PRIVATE: 'true' });
const receivers = useReceivers(t);

const respondWith =
	(status: number, body: string, type = 'application/json'): WebhookAnswer =>
	({ response }) =>
		void response.writeHead(status, { 'content-type': type }).end(body);

describe('testEndpoint', () => {
	// The texts are n8n's own (packages/cli/src/webhooks/webhook-helpers.ts, packages/nodes-base/nodes/Webhook), as reported
	// in https://github.com/n8n-io/n8n/issues/15666 and https://community.n8n.io/t/webhook-not-registered/24018.
	const ANSWERS: [string, WebhookAnswer, NonNullable<WebhookTest['fault']>, RegExp][] = [
		[
			'a web page',
			respondWith(200, '<!DOCTYPE html><html></html>', 'text/html'),
			'html_answer',
			/\/webhook\//,
		],
		[
			'a sign-in page',
			respondWith(200, '\n<html><head><title>Sign in</title>', 'text/html'),
			'html_answer',
			/sign-in/,
		],
		[
			'“Immediately”',
			respondWith(200, '{"message":"Workflow was started"}'),
			'answers_immediately',
			/Respond to/,
		],
		[
			'chat nodes',
			respondWith(200, '{"executionStarted":true,"executionId":"7"}'),
			'answers_by_chat_nodes',
			/response mode/,
		],
		[
			'a workflow that is not active',
			respondWith(
				404,
				'{"code":404,"message":"The requested webhook \\"POST lead\\" is not registered."}',
			),
			'workflow_not_active',
			/Publish/,
		],
		[
			'a webhook for GET',
			respondWith(
				404,
				'{"message":"This webhook is not registered for POST requests. Did you mean to make a GET request?"}',
			),
			'wrong_method',
			/HTTP Method/,
		],
		[
			'the editor',
			respondWith(
				404,
				'<!DOCTYPE html><html><body><pre>Cannot POST /workflow/1</pre>',
				'text/html',
			),
			'not_a_webhook_url',
			/Production URL/,
		],
		[
			'credentials',
			respondWith(403, 'Authorization data is wrong!'),
			'wrong_credentials',
			/Auth header/,
		],
		[
			'the signature',
			respondWith(401, '{"error":"the signature does not match"}'),
			'wrong_credentials',
			/signing secret/,
		],
		[
			'an IP list',
			respondWith(403, 'IP is not allowed to access the webhook!'),
			'address_not_allowed',
			/Allowlist/,
		],
		[
			'a workflow that fails',
			respondWith(500, '{"message":"Error in workflow"}'),
			'workflow_failed',
			/Executions/,
		],
		['a redirect', 'redirect', 'redirect', /redirects to/],
		['a broken connection', 'reset', 'broken_off', /log/],
		[
			'a proxy',
			respondWith(504, '<html>504 Gateway Time-out</html>', 'text/html'),
			'gateway',
			/running/,
		],
		['410', 'gone', 'bad_status', /status/],
	];
	it.each(ANSWERS)('names %s and the remedy', async (_, answer, fault, remedy) => {
		const { id } = await receivers.createReceiver(answer);
		const test = await testEndpoint(t.ctx(), id);
		expect(test).toMatchObject({
			is_ok: false,
			fault,
			title: expect.stringMatching(/\S/) as string,
			remedy: expect.stringMatching(remedy) as string,
			error: expect.stringMatching(/\S/) as string,
		});
	});

	it.each([
		['JSON', respondWith(200, '{"taken":"msg_1"}')],
		['no body', 'no-content'],
		['text', respondWith(202, 'Accepted', 'text/plain')],
		[
			'a workflow without data',
			respondWith(200, '{"message":"Workflow executed successfully but no data was returned"}'),
		],
	] satisfies [string, WebhookAnswer][])('passes a success with %s', async (_, answer) => {
		const { id } = await receivers.createReceiver(answer);
		expect(await testEndpoint(t.ctx(), id)).toMatchObject({
			is_ok: true,
			fault: null,
			error: null,
		});
	});

	it('names a closed port and an unknown host', async () => {
		const to = async (url: string) =>
			testEndpoint(t.ctx(), (await createEndpoint(t.ctx(), { site: 'default', url })).id);
		expect(await to('http://127.0.0.1:9/webhook/lead')).toMatchObject({ fault: 'refused' });
		expect(await to('http://nowhere.invalid/webhook/lead')).toMatchObject({ fault: 'dns' });
	});
});

describe('an auth header', () => {
	const HEADER = { name: 'X-Lead-Key', value: 'hunter2-hunter2' };

	it('is sent with tests and deliveries, stored sealed and never shown', async () => {
		const to = await receivers.createReceiver(({ request, response }) => {
			response.end(`You sent ${String(request.headers['x-lead-key'])}`);
		});
		const updated = await updateEndpoint(t.ctx(), to.id, { auth_header: HEADER });
		expect(updated.auth_header).toEqual({ name: 'X-Lead-Key' });
		const test = await testEndpoint(t.ctx(), to.id);
		expect(test.response).toBe('You sent ••••••');
		await createDelivery(t.ctx(), to);
		await sendDueDeliveries(t.ctx());
		expect(to.requests.map(({ headers }) => headers['x-lead-key'])).toEqual([
			HEADER.value,
			HEADER.value,
		]);
		expect(JSON.stringify(await t.app.db.select().from(webhook_endpoints))).not.toContain(
			'hunter2',
		);
	});

	it('keeps its value when other settings change, but not for another server', async () => {
		const to = await receivers.createReceiver();
		await updateEndpoint(t.ctx(), to.id, { auth_header: HEADER });
		await updateEndpoint(t.ctx(), to.id, { auth_header: { name: 'x-lead-key' } });
		await updateEndpoint(t.ctx(), to.id, { events: ['lead.abandoned'] });
		await testEndpoint(t.ctx(), to.id);
		expect(to.requests[0]?.headers).toMatchObject({ 'x-lead-key': HEADER.value });
		const elsewhere = updateEndpoint(t.ctx(), to.id, { url: 'https://elsewhere.example.com/' });
		await expect(elsewhere).rejects.toMatchObject({
			code: 'invalid',
			errors: [expect.objectContaining({ path: 'auth_header.value' })],
		});
		expect(await updateEndpoint(t.ctx(), to.id, { auth_header: null })).toMatchObject({
			auth_header: null,
		});
	});

	it.each(['webhook-signature', 'X-Frontdesk-Signature', 'Host', 'content-type', 'no spaces'])(
		'is refused under the name %s',
		async (name) => {
			const url = 'https://n8n.example.com/webhook/lead';
			const created = createEndpoint(t.ctx(), {
				site: 'default',
				url,
				auth_header: { name, value: 'x' },
			});
			await expect(created).rejects.toMatchObject({ code: 'invalid' });
		},
	);

	it('is rejected without a value for a new endpoint', async () => {
		const url = 'https://n8n.example.com/webhook/lead';
		const created = createEndpoint(t.ctx(), {
			site: 'default',
			url,
			auth_header: { name: 'X-Key' },
		});
		await expect(created).rejects.toMatchObject({ code: 'invalid' });
	});
});
