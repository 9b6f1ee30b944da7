import { z } from 'zod';
import { filterText, pageQuery, timestamp } from './common.ts';
import { webhookEvent } from './events.ts';
import { authHeaderInput, connectorFault, webhookUrl } from './outbound-call.ts';
import { siteKey } from './site.ts';

/** A Standard Webhooks secret: `whsec_` and padded base64 of 18 bytes or more. */
export const webhookSecret = z
	.string()
	.max(200)
	.regex(
		/^whsec_(?=.{24})(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/,
		'must be "whsec_" and base64 of 18 bytes or more (24 to 64 are usual)',
	);

/** The same for deliveries, whose own headers it must not replace. */
const endpointAuthHeader = authHeaderInput.refine(
	({ name }) => !/^(webhook-|x-frontdesk-)/i.test(name),
	{ path: ['name'], message: 'this header is set by the delivery itself' },
);

export const webhookEndpoint = z
	.object({
		id: z.number().int(),
		/** The site's key. */
		site: siteKey,
		url: z.string(),
		events: z.array(webhookEvent),
		is_enabled: z.boolean(),
		disabled_reason: z.string().nullable(),
		/** The first of the failures that no success has followed; null while all is well. */
		failing_since: timestamp.nullable(),
		/** Until when the secret before the present one signs, too. */
		previous_secret_until: timestamp.nullable(),
		/** Sent with each delivery, beside the signatures; its value is never shown. */
		auth_header: z.object({ name: z.string() }).nullable(),
		/** LEAD_WEBHOOK_URL decides it: it can be tested here, not changed. */
		is_from_environment: z.boolean(),
		created_at: timestamp,
	})
	.meta({ id: 'WebhookEndpoint' });
export type WebhookEndpoint = z.infer<typeof webhookEndpoint>;

/** An endpoint with its secret, as it is shown once: to whoever made it or rotated the secret. */
export const newWebhookEndpoint = webhookEndpoint
	.extend({ secret: z.string() })
	.meta({ id: 'NewWebhookEndpoint' });
export type NewWebhookEndpoint = z.infer<typeof newWebhookEndpoint>;

export const webhookEndpointListQuery = pageQuery.extend({ site: filterText.optional() });

const events = z
	.array(webhookEvent)
	.min(1, 'choose an event')
	.transform((chosen) => [...new Set(chosen)]);

export const webhookEndpointInput = z
	.strictObject({
		site: siteKey,
		url: webhookUrl,
		events: events.default(['lead.completed']),
		/** Made when it is not given. */
		secret: webhookSecret.optional(),
		auth_header: endpointAuthHeader.nullable().default(null),
	})
	.meta({ id: 'WebhookEndpointInput' });
export type WebhookEndpointInput = z.input<typeof webhookEndpointInput>;

export const webhookEndpointUpdate = z
	.strictObject({
		url: webhookUrl,
		events,
		is_enabled: z.boolean(),
		/** null removes the present one. */
		auth_header: endpointAuthHeader.nullable(),
	})
	.partial()
	.meta({ id: 'WebhookEndpointUpdate' });
export type WebhookEndpointUpdate = z.input<typeof webhookEndpointUpdate>;

/** What an endpoint answered to a test. */
export const webhookTest = z
	.object({
		is_ok: z.boolean(),
		/** What was signed and sent. */
		request: z.string(),
		duration_ms: z.number().int(),
		http_status: z.number().int().nullable(),
		/** The first 2 KB of the answer. */
		response: z.string().nullable(),
		/** null: it was accepted. */
		error: z.string().nullable(),
		/** null: nothing is wrong. */
		fault: connectorFault.nullable(),
		title: z.string(),
		/** What to do, in a sentence or two. */
		remedy: z.string().nullable(),
	})
	.meta({ id: 'WebhookTest' });
export type WebhookTest = z.infer<typeof webhookTest>;
