import { createHmac } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';
import { webhookSecret } from '#lib/contract/webhook-endpoint.ts';
import { createWebhookId, createWebhookSecret, createSignatureHeaders } from './send.ts';

const body = JSON.stringify({ type: 'lead.completed', data: { name: 'Zoë 🌍' } });

describe('the signature of a delivery', () => {
	it('is accepted by the reference library of Standard Webhooks', () => {
		const secret = createWebhookSecret();
		const headers = createSignatureHeaders([secret], {
			webhook_id: createWebhookId(),
			body,
			at: new Date(),
		});
		expect(new Webhook(secret).verify(body, headers)).toEqual(JSON.parse(body));
	});

	it('is rejected for a changed body, id or secret', () => {
		const secret = createWebhookSecret();
		const headers = createSignatureHeaders([secret], {
			webhook_id: createWebhookId(),
			body,
			at: new Date(),
		});
		expect(() => new Webhook(secret).verify(`${body} `, headers)).toThrow('No matching signature');
		const otherId = { ...headers, 'webhook-id': createWebhookId() };
		expect(() => new Webhook(secret).verify(body, otherId)).toThrow('No matching signature');
		expect(() => new Webhook(createWebhookSecret()).verify(body, headers)).toThrow(
			'No matching signature',
		);
	});

	it('comes with an HMAC of the raw body, keyed by the secret as text, as n8n computes it', () => {
		const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
		const headers = createSignatureHeaders([secret], { webhook_id: 'msg_1', body, at: new Date() });
		const hex = createHmac('sha256', secret).update(Buffer.from(body)).digest('hex');
		expect(headers['x-frontdesk-signature']).toBe(`sha256=${hex}`);
	});
});

describe('a webhook secret', () => {
	it('passes the contract when generated', () => {
		expect(webhookSecret.safeParse(createWebhookSecret()).success).toBe(true);
	});

	it.each([
		'whsec_',
		'whsec_c2hvcnQ=',
		'MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
		'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS',
		'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS!',
	])('rejects %s', (secret) => {
		expect(webhookSecret.safeParse(secret).success).toBe(false);
	});
});
