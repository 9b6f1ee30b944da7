import { z } from 'zod';
import { filterText, flag, pageQuery, sessionId, timestamp } from './common.ts';
import { connectorType } from './connector.ts';

/** How a turn ended. Everything but `ok` and `dropped` is a failure. */
export const turnOutcome = z.enum([
	'ok',
	/** The answer had no text. */
	'empty',
	/** First byte, idle or total time limit. */
	'timeout',
	/** The site's AI was busy with other chats for too long, so that it was not called. */
	'queue_timeout',
	/** The connection could not be made or broke. */
	'unreachable',
	/** A private or forbidden address, or a redirect to one. */
	'blocked',
	/** 401 or 403. */
	'unauthorized',
	/** 404: workflow not active, or a test URL. */
	'not_registered',
	/** Any other status that is not 2xx. */
	'bad_status',
	/** n8n's own status text instead of an answer: wrong response mode. */
	'no_reply_mode',
	/** HTML, or a shape that has no reply. */
	'bad_shape',
	/** Larger than the size limit. */
	'too_large',
	/** The workflow reported an error, in the stream or in the body. */
	'workflow_error',
	/** The process stopped in mid-answer. */
	'interrupted',
	/** A person took over, or the chat session was gone, before the answer was stored. */
	'dropped',
	/** A fault of ours. */
	'internal',
]);
export type TurnOutcome = z.infer<typeof turnOutcome>;

/** One call of a site's AI. */
export const turn = z
	.object({
		id: z.number().int(),
		/** What the workflow was sent, the same for every try. */
		turn_id: z.uuid(),
		session_id: sessionId,
		site: z.string(),
		site_name: z.string(),
		action: z.enum(['start', 'message']),
		connector: connectorType,
		started_at: timestamp,
		/** Milliseconds; null for an answer that came as a whole, or not at all. */
		first_byte_ms: z.number().int().nullable(),
		total_ms: z.number().int().nullable(),
		http_status: z.number().int().nullable(),
		/** Which form of answer was recognised, such as `json.output` or `n8n-stream`. */
		shape: z.string().nullable(),
		/** null while it runs. */
		outcome: turnOutcome.nullable(),
		/** Why it failed. */
		detail: z.string().nullable(),
		/** Calls that were repeated because no connection was made. */
		retries: z.number().int(),
		execution_id: z.string().nullable(),
	})
	.meta({ id: 'Turn' });
export type Turn = z.infer<typeof turn>;

export const turnListQuery = pageQuery.extend({
	site: filterText.optional(),
	outcome: turnOutcome.optional(),
	/** Only those that failed. */
	failed: flag.optional(),
	session_id: sessionId.optional(),
	from: timestamp.optional(),
	to: timestamp.optional(),
});

/** How the AI of a site has answered lately: of its newest 200 turns. */
export const siteTurns = z
	.object({
		site: z.string(),
		site_name: z.string(),
		turns: z.number().int(),
		failed: z.number().int(),
		/** Of the answers that came; milliseconds in all. */
		p50_ms: z.number().int().nullable(),
		p95_ms: z.number().int().nullable(),
		first_byte_p50_ms: z.number().int().nullable(),
		last_started_at: timestamp,
	})
	.meta({ id: 'SiteTurns' });
export type SiteTurns = z.infer<typeof siteTurns>;
