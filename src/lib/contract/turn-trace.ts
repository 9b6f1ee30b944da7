import { z } from 'zod';
import { turn } from './turn.ts';

/** Names a turn by its id, or by the message that it wrote. */
export const turnTraceQuery = z
	.object({
		turn_id: z.uuid().optional(),
		message_id: z.coerce.number().int().positive().optional(),
	})
	.refine(({ turn_id, message_id }) => (turn_id === undefined) !== (message_id === undefined), {
		path: ['turn_id'],
		message: 'name a turn or a message',
	});

/** The bodies of a call of the AI, with keys, tokens and passwords masked, and its timings in milliseconds. */
const trace = z.object({
	request: z.string().nullable(),
	/** Null without a response. */
	response: z.string().nullable(),
	/** Full lengths. At most 32 KB of each are kept. */
	request_bytes: z.number().int(),
	response_bytes: z.number().int(),
	is_request_cut: z.boolean(),
	is_response_cut: z.boolean(),
	content_type: z.string().nullable(),
	/** How long the turn waited until its site could be called. */
	queued_ms: z.number().int().nullable(),
	/** From the call to the first byte of the answer, and to its end. */
	first_byte_ms: z.number().int().nullable(),
	total_ms: z.number().int().nullable(),
});

/** A turn with what it sent to its AI and got back. */
export const turnTraceView = z
	.object({
		turn,
		/** The message that the turn wrote. Null if it wrote none. */
		message_id: z.number().int().nullable(),
		/** Null if the AI was not called, or the trace has been deleted. */
		trace: trace.nullable(),
		/** For how many days the site keeps traces. 0 keeps none. */
		trace_days: z.number().int(),
		/** The execution in n8n, if its address is known. */
		execution_url: z.string().nullable(),
	})
	.meta({ id: 'TurnTrace' });
export type TurnTraceView = z.infer<typeof turnTraceView>;
