import { createHmac, randomBytes } from 'node:crypto';
import { Webhook } from 'standardwebhooks';

/** The form of the bodies below; it rises when a receiver would have to be changed. */
export const PAYLOAD_VERSION = 1;

/**
 * The headers that prove where a delivery comes from. `webhook-signature` follows Standard Webhooks: its key is what the
 * secret's base64 stands for, and while a secret is being rotated it has one signature of each, the new one first.
 * `X-Frontdesk-Signature` is over the raw body alone, with the whole text `whsec_…` of the new secret as its key, because
 * n8n's Crypto node takes a key as text.
 */
export function signatureHeaders(
	secrets: [present: string, previous?: string],
	{ webhook_id, body, at }: { webhook_id: string; body: string; at: Date },
): Record<string, string> {
	const signatures = secrets
		.filter((secret) => secret !== undefined)
		.map((secret) => new Webhook(secret).sign(webhook_id, at, body));
	const plain = createHmac('sha256', secrets[0]).update(body, 'utf8').digest('hex');
	return {
		'webhook-id': webhook_id,
		'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
		'webhook-signature': signatures.join(' '),
		'x-frontdesk-signature': `sha256=${plain}`,
		'x-frontdesk-payload-version': String(PAYLOAD_VERSION),
	};
}

/** A new `whsec_…` secret with 256 random bits. */
export const newWebhookSecret = () => `whsec_${randomBytes(32).toString('base64')}`;

/** What a delivery is known by at the receiver, the same for every attempt. */
export const newWebhookId = () => `msg_${randomBytes(18).toString('base64url')}`;
