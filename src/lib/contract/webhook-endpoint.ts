import { z } from 'zod';
import { filterText, pageQuery, timestamp } from './common.ts';
import { webhookEvent, type WebhookEvent } from './events.ts';
import { authHeaderInput, connectorFault, webhookUrl } from './outbound-call.ts';
import { siteKey } from './site.ts';

/** A Standard Webhooks secret: `whsec_` and padded base64 of at least 18 bytes. */
export const webhookSecret = z
	.string()
	.max(200)
	.regex(
		/^whsec_(?=.{24})(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/,
		'must be "whsec_" followed by base64 of at least 18 bytes (typically 24 to 64)',
	);

/** An authentication header for deliveries. It must not replace a header that Frontdesk sets. */
const endpointAuthHeader = authHeaderInput.refine(
	({ name }) => !/^(webhook-|x-frontdesk-)/i.test(name),
	{ path: ['name'], message: 'this header is set by Frontdesk' },
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
		/** The first failure since the last success. Null if the last delivery succeeded. */
		failing_since: timestamp.nullable(),
		/** The previous secret also signs deliveries until this time. */
		previous_secret_until: timestamp.nullable(),
		/** Sent with each delivery in addition to the signatures. The value is never returned. */
		auth_header: z.object({ name: z.string() }).nullable(),
		/** Whether LEAD_WEBHOOK_URL sets the endpoint, which can then be tested but not changed. */
		is_from_environment: z.boolean(),
		created_at: timestamp,
	})
	.meta({ id: 'WebhookEndpoint' });
export type WebhookEndpoint = z.infer<typeof webhookEndpoint>;

/** An endpoint with its secret, returned only when it is created or the secret is rotated. */
export const newWebhookEndpoint = webhookEndpoint
	.extend({ secret: z.string() })
	.meta({ id: 'NewWebhookEndpoint' });
export type NewWebhookEndpoint = z.infer<typeof newWebhookEndpoint>;

export const webhookEndpointListQuery = pageQuery.extend({ site: filterText.optional() });

/** The events that a new endpoint receives by default: completed leads and later corrections. */
export const DEFAULT_WEBHOOK_EVENTS: WebhookEvent[] = [
	'lead.completed',
	'lead.updated',
	'lead.withdrawn',
];

const events = z
	.array(webhookEvent)
	.min(1, 'choose at least one event')
	.transform((events) => [...new Set(events)]);

export const webhookEndpointInput = z
	.strictObject({
		site: siteKey,
		url: webhookUrl,
		events: events.default(DEFAULT_WEBHOOK_EVENTS),
		/** Generated if omitted. */
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
		/** Null removes the header. */
		auth_header: endpointAuthHeader.nullable(),
	})
	.partial()
	.meta({ id: 'WebhookEndpointUpdate' });
export type WebhookEndpointUpdate = z.input<typeof webhookEndpointUpdate>;

/** The result of testing an endpoint. */
export const webhookTest = z
	.object({
		is_ok: z.boolean(),
		/** The signed request body. */
		request: z.string(),
		duration_ms: z.number().int(),
		http_status: z.number().int().nullable(),
		/** The first 2 KB of the response. */
		response: z.string().nullable(),
		/** Null if the endpoint accepted the request. */
		error: z.string().nullable(),
		/** Null if nothing is wrong. */
		fault: connectorFault.nullable(),
		title: z.string(),
		/** How to fix the fault, in a sentence or two. */
		remedy: z.string().nullable(),
	})
	.meta({ id: 'WebhookTest' });
export type WebhookTest = z.infer<typeof webhookTest>;
