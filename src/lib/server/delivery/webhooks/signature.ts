import { createHmac, randomBytes } from 'node:crypto';
import { Webhook } from 'standardwebhooks';

/** The version of the body's format; incremented when receivers would have to change. */
export const PAYLOAD_VERSION = 1;

/**
 * Returns the headers that authenticate a delivery. `webhook-signature` follows Standard Webhooks: its key is the
 * decoded base64 of the secret, and during a rotation it contains a signature by each secret, the new one first.
 * `X-Frontdesk-Signature` covers the raw body only and uses the whole text `whsec_…` of the new secret as its key, because
 * n8n's Crypto node takes a key as text.
 */
export function signatureHeaders(
	secrets: [current: string, previous?: string],
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

/** Returns a new `whsec_…` secret with 256 random bits. */
export const newWebhookSecret = () => `whsec_${randomBytes(32).toString('base64')}`;

/** Returns a new id that identifies a delivery to its receiver, the same for every attempt. */
export const newWebhookId = () => `msg_${randomBytes(18).toString('base64url')}`;
