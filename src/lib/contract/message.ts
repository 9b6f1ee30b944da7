import { z } from 'zod';
import { sender, sessionId, timestamp } from './common.ts';
import { webhookUrl } from './outbound-call.ts';
import { trimmedString } from './text.ts';

export const quickReply = z.string().min(1).max(80);
/** The maximum per message, which is Messenger's limit: https://developers.facebook.com/docs/messenger-platform/send-messages/quick-replies */
export const MAX_QUICK_REPLIES = 13;

/** A URL offered to visitors as a link. */
export const bookingUrl = webhookUrl.transform((url) => new URL(url).href);

/** One message. `id` orders the messages of all chat sessions. */
export const message = z
	.object({
		id: z.number().int(),
		session_id: sessionId,
		sender,
		message: z.string(),
		timestamp,
		/** The name of the agent who wrote the message. Null for other senders. */
		author: z.string().nullable(),
		client_message_id: z.uuid().nullable(),
		external_id: z.string().nullable(),
		/** Whether the site's fallback reply replaced a reply from the AI. */
		is_fallback: z.boolean(),
		quick_replies: z.array(quickReply),
		/** The URL of a page for booking an appointment. Omitted if the AI offered none. */
		booking_url: z.string().optional(),
	})
	.meta({ id: 'Message' });
export type Message = z.infer<typeof message>;

/** A streaming reply: its text so far and the next `seq`. */
export const partialReply = z.object({
	reply_id: z.uuid(),
	text: z.string(),
	next_seq: z.number().int(),
});
export type PartialReply = z.infer<typeof partialReply>;

export const replyStarted = z.object({ session_id: sessionId, reply_id: z.uuid() });

/** A chunk of a streaming reply. `seq` counts from 0, which makes gaps detectable. */
export const replyDelta = z.object({
	session_id: sessionId,
	reply_id: z.uuid(),
	seq: z.number().int(),
	text: z.string(),
});
export type ReplyDelta = z.infer<typeof replyDelta>;

/** An internal note about a chat session. Never sent to visitors or webhooks. */
export const note = z
	.object({
		id: z.number().int(),
		session_id: sessionId,
		note: z.string(),
		/** The author with their name at the time. The id is null for API keys and deleted users. */
		author: z.object({ id: z.number().int().nullable(), name: z.string() }),
		created_at: timestamp,
		/** Null until the note is edited. */
		edited_at: timestamp.nullable(),
	})
	.meta({ id: 'Note' });
export type Note = z.infer<typeof note>;

export const noteInput = z.strictObject({ note: trimmedString(4000) }).meta({ id: 'NoteInput' });
export type NoteInput = z.infer<typeof noteInput>;
