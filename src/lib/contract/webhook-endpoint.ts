import { z } from 'zod';
import { filterText, pageQuery, timestamp } from './common.ts';
import { webhookEvent } from './delivery.ts';
import { siteKey } from './site.ts';

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

/** Headers that the call itself decides. */
const OWN_HEADERS =
	/^(host|connection|content-length|content-type|transfer-encoding|accept-encoding|upgrade|te|trailer|expect)$/i;

const headerName = z
	.string()
	.trim()
	.regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$/, 'a header name such as X-Api-Key')
	.refine((name) => !OWN_HEADERS.test(name), 'this header is set by the call itself');
/** A secret as a header carries it. */
export const headerSecret = z
	.string()
	.trim()
	.min(1, 'type the value')
	.max(4000)
	.regex(/^[\x20-\x7e]*$/, 'letters, digits and signs of ASCII only, in one line');

/** A header that proves to a webhook who calls; a value that is left out stays as it is. */
export const authHeaderInput = z.strictObject({ name: headerName, value: headerSecret.optional() });

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

/** What a test of a connector or an endpoint met, by the remedy that it needs. */
export const connectorFault = z.enum([
	'workflow_not_active',
	'not_a_webhook_url',
	'chat_path_missing',
	'test_url',
	'wrong_method',
	'answers_immediately',
	'answers_by_chat_nodes',
	'no_data',
	'respond_mode',
	'wrong_credentials',
	'address_not_allowed',
	'empty_answer',
	'streaming_off_in_agent',
	'html_answer',
	'no_reply_in_answer',
	'workflow_failed',
	'private_address',
	'redirect',
	'tls',
	'dns',
	'refused',
	'broken_off',
	'timeout',
	'gateway',
	'rate_limited',
	'too_large',
	'bad_status',
	'other',
]);
export type ConnectorFault = z.infer<typeof connectorFault>;

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
