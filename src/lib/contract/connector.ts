import { z } from 'zod';
import { cleanString, trimmedString } from './text.ts';
import {
	authHeaderInput,
	connectorFault,
	headerSecret as secret,
	webhookUrl,
} from './outbound-call.ts';

export type { ConnectorFault } from './outbound-call.ts';

/** Which AI answers, as an admin sets it; a secret that is left out stays as it is. */
export const connectorInput = z
	.discriminatedUnion('type', [
		z.strictObject({ type: z.literal('scripted') }),
		z.strictObject({
			type: z.literal('n8n'),
			url: webhookUrl,
			auth_header: authHeaderInput.nullable().default(null),
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
