import { createHash } from 'node:crypto';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { OutcomeInput } from '#lib/contract/lead.ts';
import type { VisitorContext } from '#lib/contract/visitor-context.ts';
import {
	createEndpoint,
	listDeliveries,
	testEndpoint,
} from '#lib/server/delivery/webhooks/index.ts';
import { sendDueDeliveries } from '#lib/server/delivery/webhooks/unchecked.ts';
import { setOutcome } from '#lib/server/leads/index.ts';
import { AD_SETTINGS } from '../factories/ad-settings.ts';
import { createChat } from '../factories/chat.ts';
import { readWorkflow, workflow as workflowSchema } from '../support/n8n/workflow.ts';
import { createWebhookHandler } from '../support/n8n/webhook.ts';
import { sendJson } from '../support/stand-in/exchange.ts';
import { useTestServer } from '../support/server.ts';
import { useStandIn } from '../support/use-stand-in.ts';

const server = useTestServer({ OUTBOUND_ALLOW_PRIVATE: 'true' });
const standIn = useStandIn();

const GOOGLE = '/google/v26/customers/1234567890:uploadClickConversions';
const META = '/meta/v24.0/999/events';

let settings: Record<string, string>;
let secret = '';
let endpointId = 0;
let googleAnswer: unknown;
const uploads: { path: string; headers: Record<string, unknown>; body: unknown }[] = [];

beforeAll(async () => {
	const url = `${standIn().url}/workflow/ad-conversions`;
	({ secret, id: endpointId } = await createEndpoint(server.ctx(), {
		site: 'default',
		url,
		events: ['lead.outcome'],
	}));
	standIn().route('/workflow/ad-conversions', (exchange) =>
		createWebhookHandler(withSettings(), {
			credentials: {
				'Frontdesk outcome secret': { hmacSecret: secret },
				'Google Ads': { name: 'Authorization', value: 'Bearer google' },
				'Meta access token': { name: 'Authorization', value: 'Bearer meta' },
			},
		})(exchange),
	);
	for (const path of [GOOGLE, META]) {
		standIn().route(path, ({ request, response }) => {
			uploads.push({ path, headers: request.headers, body: request.json() });
			sendJson(response, path === GOOGLE ? googleAnswer : { events_received: 1 });
		});
	}
});
beforeEach(() => {
	settings = { ...AD_SETTINGS };
	googleAnswer = { results: [{}] };
	uploads.length = 0;
});

/** Returns the workflow with its settings filled in and the stand-in's addresses. */
function withSettings() {
	const text = JSON.stringify(readWorkflow('ad-conversions'))
		.replaceAll('https://googleads.googleapis.com', `${standIn().url}/google`)
		.replaceAll('https://graph.facebook.com', `${standIn().url}/meta`);
	const workflow = workflowSchema.parse(JSON.parse(text));
	const node = workflow.nodes.find(({ name }) => name === 'Settings');
	if (!node) throw new Error('there is no node "Settings"');
	const assignments = Object.entries(settings).map(([name, value]) => ({ name, value }));
	node.parameters = { assignments: { assignments } };
	return workflow;
}

/** Records an outcome for a lead with this context, delivers it, and returns the delivery's response and session. */
async function record(outcome: OutcomeInput, context: VisitorContext) {
	const lead = { email: 'Ada@example.com', phone: '+44 20 7946 0958' };
	const { session_id, created_at } = await createChat(server.ctx(), { lead, context });
	await setOutcome(server.ctx(), session_id, outcome);
	await sendDueDeliveries(server.ctx());
	const { items } = await listDeliveries(server.ctx(), { session_id });
	const [delivery] = items;
	return { session_id, created_at, delivery, attempt: delivery?.attempts.at(-1) };
}

const metaBody = z.object({ data: z.array(z.record(z.string(), z.unknown())) });
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

describe('the upload of ad conversions', () => {
	it('sends a won lead to Google by its click, with the exact value', async () => {
		const at = '2026-11-20T09:08:07.000Z';
		const won = { stage: 'won', value: 1200.5, currency: 'CHF', at } as const;
		const { session_id, attempt } = await record(won, { gclid: 'Cj0', gbraid: 'gb' });
		expect(uploads).toEqual([
			{
				path: GOOGLE,
				headers: expect.objectContaining({
					authorization: 'Bearer google',
					'developer-token': 'developer token',
					'login-customer-id': '1234567890',
				}) as unknown,
				body: {
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
					partialFailure: true,
				},
			},
		]);
		expect(attempt).toMatchObject({ http_status: 200, response: '{"google":true,"meta":false}' });
	});

	it('sends a qualified lead to Meta with hashed contacts, even if it happened long ago', async () => {
		const at = '2026-01-02T00:00:00.000Z';
		const context = { fbclid: 'IwAR', user_agent: 'Mozilla/5.0' };
		const sent = await record({ stage: 'qualified', at }, context);
		expect(uploads.map(({ path }) => path)).toEqual([META]);
		const [event] = metaBody.parse(uploads[0]?.body).data;
		expect(event).toMatchObject({
			event_name: 'Lead',
			event_id: `${sent.session_id}:qualified`,
			user_data: {
				fbc: `fb.1.${Date.parse(sent.created_at)}.IwAR`,
				em: [sha256('ada@example.com')],
				ph: [sha256('442079460958')],
				client_user_agent: 'Mozilla/5.0',
			},
			custom_data: { value: 0, currency: 'EUR' },
		});
		const age = Date.now() / 1000 - Number(event?.['event_time']);
		expect(age).toBeLessThan(7 * 86_400);
	});

	it('sends one with both clicks to both', async () => {
		const { attempt } = await record({ stage: 'qualified' }, { wbraid: 'wb', fbclid: 'IwAR' });
		expect(uploads.map(({ path }) => path)).toEqual([GOOGLE, META]);
		expect(JSON.stringify(uploads[0]?.body)).toContain('"wbraid":"wb"');
		expect(attempt?.response).toBe('{"google":true,"meta":true}');
	});

	it.each([
		['a lost lead', { stage: 'lost' } as const, { gclid: 'Cj0' }],
		['a lead without a click', { stage: 'won' } as const, { utm_source: 'newsletter' }],
	])('sends nothing of %s', async (_, outcome, context) => {
		const { attempt } = await record(outcome, context);
		expect(uploads).toEqual([]);
		expect(attempt).toMatchObject({ http_status: 200, response: '{"google":false,"meta":false}' });
	});

	it.each([
		['google_customer_id', { gclid: 'Cj0' }],
		['google_conversion_action_won', { gclid: 'Cj0' }],
		['meta_pixel_id', { fbclid: 'IwAR' }],
	])('fails, so that the delivery is retried, without the setting %s', async (name, context) => {
		settings[name] = '';
		const { delivery, attempt } = await record({ stage: 'won' }, context);
		expect(uploads).toEqual([]);
		expect(attempt?.http_status).toBe(500);
		expect(delivery?.status).toBe('pending');
	});

	it('fails if Google refuses the conversion in an answer with status 200', async () => {
		googleAnswer = { partialFailureError: { message: 'The click is too old' } };
		const { attempt } = await record({ stage: 'won' }, { gclid: 'Cj0' });
		expect(attempt?.http_status).toBe(500);
	});

	it('uploads no test, and refuses a forged call', async () => {
		expect(await testEndpoint(server.ctx(), endpointId)).toMatchObject({ is_ok: true });
		const forged = await fetch(`${standIn().url}/workflow/ad-conversions`, {
			method: 'POST',
			headers: { 'content-type': 'application/json' },
			body: JSON.stringify({ type: 'lead.outcome', data: {} }),
		});
		expect(forged.status).toBe(401);
		expect(uploads).toEqual([]);
	});
});
