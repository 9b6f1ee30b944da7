import { z } from 'zod';
import { sender, sessionId, timestamp } from './common.ts';

export const quickReply = z.string().min(1).max(80);
/** At most this many per message, the limit of Messenger: https://developers.facebook.com/docs/messenger-platform/send-messages/quick-replies */
export const MAX_QUICK_REPLIES = 13;

/** One utterance as every door shows it. `id` orders the messages of all chat sessions. */
export const message = z
	.object({
		id: z.number().int(),
		session_id: sessionId,
		sender,
		message: z.string(),
		timestamp,
		/** The person of the team who wrote it; null for every other sender. */
		author: z.string().nullable(),
		client_message_id: z.uuid().nullable(),
		external_id: z.string().nullable(),
		/** True when the site's fallback reply stands in for an answer of the AI. */
		is_fallback: z.boolean(),
		quick_replies: z.array(quickReply),
	})
	.meta({ id: 'Message' });
export type Message = z.infer<typeof message>;
