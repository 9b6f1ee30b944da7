import { createHmac, randomBytes } from 'node:crypto';
import { Webhook } from 'standardwebhooks';

/**
 * The headers that prove where a delivery comes from. `webhook-signature` follows Standard Webhooks: its key is what the
 * secret's base64 stands for. `X-Frontdesk-Signature` is over the raw body alone, with the whole text `whsec_…` as its
 * key, because n8n's Crypto node takes a key as text.
 */
export function signatureHeaders(
	secret: string,
	{ webhook_id, body, at }: { webhook_id: string; body: string; at: Date },
): Record<string, string> {
	return {
		'webhook-id': webhook_id,
		'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
		'webhook-signature': new Webhook(secret).sign(webhook_id, at, body),
		'x-frontdesk-signature': `sha256=${createHmac('sha256', secret).update(body, 'utf8').digest('hex')}`,
	};
}

/** A new `whsec_…` secret with 256 random bits. */
export const newWebhookSecret = () => `whsec_${randomBytes(32).toString('base64')}`;

/** What a delivery is known by at the receiver, the same for every attempt. */
export const newWebhookId = () => `msg_${randomBytes(18).toString('base64url')}`;
