import { z } from 'zod';
import { sessionId } from './common.ts';

/** A reply that is being written: its text so far and the next `seq`. */
export const replySoFar = z.object({
	reply_id: z.uuid(),
	text: z.string(),
	next_seq: z.number().int(),
});
export type ReplySoFar = z.infer<typeof replySoFar>;

export const replyStarted = z.object({ session_id: sessionId, reply_id: z.uuid() });
export type ReplyStarted = z.infer<typeof replyStarted>;

/** A piece of a reply that is being written; `seq` counts from 0, so that a gap shows. */
export const replyDelta = z.object({
	session_id: sessionId,
	reply_id: z.uuid(),
	seq: z.number().int(),
	text: z.string(),
});
export type ReplyDelta = z.infer<typeof replyDelta>;
