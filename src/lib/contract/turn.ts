import { z } from 'zod';
import {
	anyTimestamp,
	filterText,
	queryBoolean,
	pageQuery,
	sessionId,
	timestamp,
	urlInteger,
} from './common.ts';
import { connectorType, turnNote } from './connector.ts';

/** How a turn ended. Everything but `ok` and `dropped` is a failure. */
export const turnOutcome = z.enum([
	'ok',
	/** The response had no text. */
	'empty',
	/** The first-byte, idle or total time limit was exceeded. */
	'timeout',
	/** The turn waited too long for the site's concurrency limit, so the AI was not called. */
	'queue_timeout',
	/** The connection failed or broke. */
	'unreachable',
	/** The address, or a redirect target, is private or forbidden. */
	'blocked',
	/** 401 or 403. */
	'unauthorized',
	/** 404: the workflow is inactive, or the URL is a test URL. */
	'not_registered',
	/** Any other non-2xx status. */
	'bad_status',
	/** n8n's status text instead of a reply: wrong response mode. */
	'no_reply_mode',
	/** HTML, or a format without a reply. */
	'bad_shape',
	/** Larger than the size limit. */
	'too_large',
	/** The workflow reported an error, in the stream or in the body. */
	'workflow_error',
	/** The process stopped during the turn. */
	'interrupted',
	/** An agent took over, or the chat session was deleted, before the reply was stored. */
	'dropped',
	/** A failure of Frontdesk itself. */
	'internal',
]);
export type TurnOutcome = z.infer<typeof turnOutcome>;

/** The labels of outcomes on screen and in results. */
export const turnOutcomeLabels: Record<TurnOutcome, string> = {
	ok: 'Answered',
	empty: 'Empty response',
	timeout: 'Timed out',
	queue_timeout: 'Timed out in queue',
	unreachable: 'Unreachable',
	blocked: 'Address blocked',
	unauthorized: 'Wrong credentials',
	not_registered: 'Workflow not active',
	bad_status: 'HTTP error',
	no_reply_mode: 'Wrong response mode',
	bad_shape: 'No reply found',
	too_large: 'Response too large',
	workflow_error: 'Workflow failed',
	interrupted: 'Interrupted',
	dropped: 'Discarded (taken over)',
	internal: 'Internal error',
};

/** The reason for a site's current limit of concurrent turns. `answer_ms` is the AI's recent median time to the first byte, `usual_ms` the usual one. */
export type TurnLimitReason =
	| { type: 'start' }
	| { type: 'grown' | 'slower'; answer_ms: number; usual_ms: number }
	/** A lower limit didn't make the AI faster, so load isn't the cause. */
	| { type: 'not_the_load'; answer_ms: number; usual_ms: number }
	| { type: 'failures'; failed: number; calls: number };

/** The number of turns that one process may currently run at once for a site. */
export interface TurnLimit {
	limit: number;
	/** This process's share of the site's setting. */
	share: number;
	/** The number of processes that share the setting. */
	processes: number;
	reason: TurnLimitReason;
	/** Null until the limit has changed. */
	changed_at: string | null;
}

/** One call of a site's AI. */
export const turn = z
	.object({
		id: z.number().int(),
		/** The id sent to the workflow, the same for every retry. */
		turn_id: z.uuid(),
		session_id: sessionId,
		site: z.string(),
		site_name: z.string(),
		action: z.enum(['start', 'message']),
		connector: connectorType,
		started_at: timestamp,
		/** Milliseconds. Null if the response was not streamed, or there was none. */
		first_byte_ms: z.number().int().nullable(),
		total_ms: z.number().int().nullable(),
		http_status: z.number().int().nullable(),
		/** The detected response format, such as `json.output` or `n8n-stream`. */
		shape: z.string().nullable(),
		/** Null while the turn is running. */
		outcome: turnOutcome.nullable(),
		/** Why the turn failed. */
		detail: z.string().nullable(),
		/** The number of retries after failed connections. */
		retries: z.number().int(),
		execution_id: z.string().nullable(),
		/** The key of the question that the reply asks, if the AI reported it. */
		asked: z.string().nullable(),
		/** The version of the workflow or prompt that answered, as reported or else a digest of its settings. Null if no AI was called. */
		version: z.string().nullable(),
		/** Whether the site's challenger answered. */
		is_challenger: z.boolean(),
		/** A question from the visitor that the AI could not answer. */
		unanswered: z.string().nullable(),
		/** Keys and values of the answer that could not be used. */
		notes: z.array(turnNote),
	})
	.meta({ id: 'Turn' });
export type Turn = z.infer<typeof turn>;

export const turnListQuery = pageQuery.extend({
	site: filterText.optional(),
	outcome: turnOutcome.optional(),
	/** True for failed turns, false for the others. */
	failed: queryBoolean.optional(),
	session_id: sessionId.optional(),
	from: anyTimestamp.optional(),
	to: anyTimestamp.optional(),
});

/** The results of a site's latest 200 turns. */
export const siteTurns = z
	.object({
		site: z.string(),
		site_name: z.string(),
		turns: z.number().int(),
		failed: z.number().int(),
		/** The median and 95th percentile of the total duration of successful turns, in milliseconds. */
		p50_ms: z.number().int().nullable(),
		p95_ms: z.number().int().nullable(),
		first_byte_p50_ms: z.number().int().nullable(),
		last_started_at: timestamp,
		/** Since when the AI is down and the built-in AI answers. Null while the site's AI works. */
		ai_down_since: timestamp.nullable(),
	})
	.meta({ id: 'SiteTurns' });
export type SiteTurns = z.infer<typeof siteTurns>;

/** Identifies a turn by its id, or by the message that it wrote. */
export const turnTraceQuery = z
	.object({
		turn_id: z.uuid().optional(),
		message_id: urlInteger(1).optional(),
	})
	.refine(({ turn_id, message_id }) => (turn_id === undefined) !== (message_id === undefined), {
		path: ['turn_id'],
		message: 'specify a turn or a message',
	});

/** The bodies of an AI call, with keys, tokens and passwords masked, and its timings in milliseconds. */
const trace = z.object({
	request: z.string().nullable(),
	/** Null without a response. */
	response: z.string().nullable(),
	/** The full lengths. At most 32 KB of each body are kept. */
	request_bytes: z.number().int(),
	response_bytes: z.number().int(),
	is_request_cut: z.boolean(),
	is_response_cut: z.boolean(),
	content_type: z.string().nullable(),
	/** The time that the turn was queued before the AI was called. */
	queued_ms: z.number().int().nullable(),
	/** From the call to the first byte of the response, and to its end. */
	first_byte_ms: z.number().int().nullable(),
	total_ms: z.number().int().nullable(),
});

/** A turn with its request and response. */
export const turnTraceView = z
	.object({
		turn,
		/** The message that the turn wrote. Null if it wrote none. */
		message_id: z.number().int().nullable(),
		/** Null if the AI was not called, or the trace has been deleted. */
		trace: trace.nullable(),
		/** The number of days that the site keeps traces. 0 keeps none. */
		trace_days: z.number().int(),
		/** The execution in n8n, if its address is known. */
		execution_url: z.string().nullable(),
	})
	.meta({ id: 'TurnTrace' });
export type TurnTraceView = z.infer<typeof turnTraceView>;
