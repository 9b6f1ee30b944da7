import { z } from 'zod';
import { cleanString, trimmedString } from './text';
import { webhookUrl } from './webhook-endpoint';

/** Headers that the call itself decides. */
const OWN_HEADERS =
	/^(host|connection|content-length|content-type|transfer-encoding|accept-encoding|upgrade|te|trailer|expect)$/i;

const headerName = z
	.string()
	.trim()
	.regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$/, 'a header name such as X-Api-Key')
	.refine((name) => !OWN_HEADERS.test(name), 'this header is set by the call itself');
const secret = z
	.string()
	.trim()
	.min(1, 'type the value')
	.max(4000)
	.regex(/^[\x20-\x7e]*$/, 'letters, digits and signs of ASCII only, in one line');

/** Which AI answers, as an admin sets it; a secret that is left out stays as it is. */
export const connectorInput = z
	.discriminatedUnion('type', [
		z.strictObject({ type: z.literal('scripted') }),
		z.strictObject({
			type: z.literal('n8n'),
			url: webhookUrl,
			auth_header: z
				.strictObject({ name: headerName, value: secret.optional() })
				.nullable()
				.default(null),
		}),
		z.strictObject({
			type: z.literal('openai'),
			/** Everything before `/chat/completions`. */
			base_url: webhookUrl,
			model: trimmedString(200),
			/** null takes the present one away. */
			api_key: secret.nullable().optional(),
			system_prompt: cleanString(20_000).default(''),
		}),
	])
	.meta({ id: 'ConnectorInput' });
export type ConnectorInput = z.input<typeof connectorInput>;

export const connectorType = z.enum(['scripted', 'n8n', 'openai']);

/** Which AI answers, without its secrets: they can be set, never read. */
export const connector = z
	.discriminatedUnion('type', [
		z.object({ type: z.literal('scripted') }),
		z.object({
			type: z.literal('n8n'),
			url: z.string(),
			auth_header: z.object({ name: z.string() }).nullable(),
		}),
		z.object({
			type: z.literal('openai'),
			base_url: z.string(),
			model: z.string(),
			is_api_key_set: z.boolean(),
			system_prompt: z.string(),
		}),
	])
	.meta({ id: 'Connector' });
export type Connector = z.infer<typeof connector>;

/** What a trial of a connector met, by the remedy that it needs. */
const connectorFault = z.enum([
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

/** What one trial turn came to. */
export const connectorTrial = z
	.object({
		is_ok: z.boolean(),
		/** null: nothing is wrong. */
		fault: connectorFault.nullable(),
		title: z.string(),
		/** What to do, in a sentence or two. */
		remedy: z.string().nullable(),
		/** What the call itself complained of. */
		detail: z.string().nullable(),
		http_status: z.number().int().nullable(),
		content_type: z.string().nullable(),
		/** Milliseconds to the first byte of the answer's body, and in all. */
		first_byte_ms: z.number().int().nullable(),
		total_ms: z.number().int(),
		/** Which form of answer was recognised, such as `json.output` or `n8n-stream`. */
		shape: z.string().nullable(),
		execution_id: z.string().nullable(),
		reply: z.string().nullable(),
		completed: z.boolean(),
		lead: z.record(z.string(), z.unknown()),
		quick_replies: z.array(z.string()),
		/** Which call the fields above describe: the greeting, or the answer to a message. */
		step: z.enum(['start', 'message']).optional(),
		/** The reply to the test message; null when the greeting failed already. */
		answer: z.string().nullable().optional(),
		/** Something that works and is probably not meant; null: nothing. */
		warning: z.string().nullable().optional(),
		/** The beginning of the answer as it came. */
		raw: z.string().nullable(),
		is_raw_cut: z.boolean(),
		/** What was sent, without secrets. */
		request: z.string().nullable(),
	})
	.meta({ id: 'ConnectorTrial' });
export type ConnectorTrial = z.infer<typeof connectorTrial>;
