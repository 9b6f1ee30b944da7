import { z } from 'zod';
import { cleanString, trimmedString } from './text.ts';
import {
	authHeaderInput,
	connectorFault,
	headerSecret as secret,
	webhookUrl,
} from './outbound-call.ts';

export type { ConnectorFault } from './outbound-call.ts';

/** A key or value of an answer that could not be used. The rest of the answer is still used. */
export const turnNote = z
	.object({
		/** `unknown` for a key that Frontdesk doesn't know, `rejected` for an unusable value of a known one. */
		kind: z.enum(['unknown', 'rejected']),
		/** The key's path in the answer, such as `lead.email`. */
		path: z.string(),
		/** The beginning of the value. */
		value: z.string(),
		message: z.string(),
	})
	.meta({ id: 'TurnNote' });
export type TurnNote = z.infer<typeof turnNote>;

/** The maximum length of `version` in an answer. */
export const MAX_VERSION_LENGTH = 64;

/** The maximum number of notes per turn. */
export const MAX_TURN_NOTES = 20;

/** The connector settings of a site. Omitted secrets keep their values. */
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
			/** The URL without `/chat/completions`. */
			base_url: webhookUrl,
			model: trimmedString(200),
			/** Null removes the stored key. */
			api_key: secret.nullable().optional(),
			system_prompt: cleanString(20_000).default(''),
		}),
	])
	.meta({ id: 'ConnectorInput' });
export type ConnectorInput = z.input<typeof connectorInput>;

export const connectorType = z.enum(['scripted', 'n8n', 'openai']);

/** The connector of a site, without its secrets. */
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

/** The result of a connection test, or of one turn of a test chat. */
export const callReport = z
	.object({
		is_ok: z.boolean(),
		/** Null if nothing is wrong. */
		fault: connectorFault.nullable(),
		title: z.string(),
		/** How to fix the fault, in a sentence or two. */
		remedy: z.string().nullable(),
		/** The error of the call itself. */
		detail: z.string().nullable(),
		/** The part of `detail` that `title` doesn't say, if the fault's cause is unknown: the status and reason of a refusal. */
		refusal: z.string().nullable().optional(),
		http_status: z.number().int().nullable(),
		content_type: z.string().nullable(),
		/** Milliseconds to the first byte of the response body, and in total. */
		first_byte_ms: z.number().int().nullable(),
		total_ms: z.number().int(),
		/** The detected response format, such as `json.output` or `n8n-stream`. */
		shape: z.string().nullable(),
		execution_id: z.string().nullable(),
		reply: z.string().nullable(),
		completed: z.boolean(),
		lead: z.record(z.string(), z.unknown()),
		quick_replies: z.array(z.string()),
		/** Further contents of the answer; omitted in older reports and after a failure. */
		asked: z.string().nullable().optional(),
		handoff: z.object({ reason: z.string() }).nullable().optional(),
		version: z.string().nullable().optional(),
		unanswered: z.string().nullable().optional(),
		booking_url: z.string().nullable().optional(),
		/** Keys and values of the answer that could not be used. */
		notes: z.array(turnNote).optional(),
		/** The call that the fields above describe: the greeting, or the reply to a message. */
		step: z.enum(['start', 'message']).optional(),
		/** The reply to the test message. Null if the greeting failed. */
		answer: z.string().nullable().optional(),
		/** A likely misconfiguration that does not make the call fail. Null if there is none. */
		warning: z.string().nullable().optional(),
		/** The beginning of the raw response. */
		raw: z.string().nullable(),
		is_raw_cut: z.boolean(),
		/** The request, without secrets. */
		request: z.string().nullable(),
	})
	.meta({ id: 'ConnectorTrial' });
export type CallReport = z.infer<typeof callReport>;
