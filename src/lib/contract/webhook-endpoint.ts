import { z } from 'zod';
import { timestamp } from './common';
import { webhookEvent } from './delivery';
import { siteKey } from './site';

/** A Standard Webhooks secret: `whsec_` and padded base64 of 18 bytes or more. */
export const webhookSecret = z
	.string()
	.max(200)
	.regex(
		/^whsec_(?=.{24})(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/,
		'must be "whsec_" and base64 of 18 bytes or more (24 to 64 are usual)',
	);

/** An address that a webhook may be sent to; whether it is private is checked at every call. */
export const webhookUrl = z
	.string()
	.max(2000)
	.refine((value) => {
		const url = URL.parse(value);
		return url !== null && (url.protocol === 'https:' || url.protocol === 'http:');
	}, 'must be a URL that begins with https:// or http://')
	.refine((value) => {
		const url = URL.parse(value);
		return !url?.username && !url?.password;
	}, 'must not have a user name or password in it');

export const webhookEndpoint = z
	.object({
		id: z.number().int(),
		/** The site's key. */
		site: siteKey,
		url: z.string(),
		events: z.array(webhookEvent),
		is_enabled: z.boolean(),
		disabled_reason: z.string().nullable(),
		created_at: timestamp,
	})
	.meta({ id: 'WebhookEndpoint' });
export type WebhookEndpoint = z.infer<typeof webhookEndpoint>;

/** An endpoint as it is shown once, to whoever made it. */
export type NewWebhookEndpoint = WebhookEndpoint & { secret: string };

export const webhookEndpointInput = z
	.strictObject({
		site: siteKey,
		url: webhookUrl,
		events: z
			.array(webhookEvent)
			.min(1)
			.default(['lead.completed'])
			.transform((events) => [...new Set(events)]),
		/** Made when it is not given. */
		secret: webhookSecret.optional(),
	})
	.meta({ id: 'WebhookEndpointInput' });
export type WebhookEndpointInput = z.input<typeof webhookEndpointInput>;
