import { z } from 'zod';
import { sender } from '#lib/contract/common.ts';
import type { Message } from '#lib/contract/message.ts';

/** The query for all reads of messages (aliases m, s, u); append joins, conditions and an order. */
export const SELECT_MESSAGES = `
	select m.id, m.chat_session_id, s.public_id as session_id, m.sender, m.message, m.created_at, coalesce(u.name, m.author_name) as author,
		m.client_message_id, coalesce(m.client_message_id = s.client_session_id, false) as opens_session, m.external_id, m.turn_id, m.is_fallback, m.quick_replies,
		m.booking_url
	from messages m join chat_sessions s on s.id = m.chat_session_id left join users u on u.id = m.user_id`;

const storedMessage = z.object({
	id: z.coerce.number(),
	chat_session_id: z.coerce.number(),
	session_id: z.string(),
	sender,
	message: z.string(),
	created_at: z.coerce.date(),
	author: z.string().nullable(),
	client_message_id: z.string().nullable(),
	/** Whether the message's client id grants the chat session's token; such an id is never shown. */
	opens_session: z.boolean(),
	external_id: z.string().nullable(),
	turn_id: z.string().nullable(),
	is_fallback: z.boolean(),
	quick_replies: z.array(z.string()).nullable(),
	booking_url: z.string().nullable(),
});
export const storedMessages = z.array(storedMessage);
export type StoredMessage = z.infer<typeof storedMessage>;

/** Returns a message as the API, events and screens show it. */
export function presentMessage(row: StoredMessage): Message {
	return {
		id: row.id,
		session_id: row.session_id,
		sender: row.sender,
		message: row.message,
		timestamp: row.created_at.toISOString(),
		author: row.author,
		client_message_id: row.opens_session ? null : row.client_message_id,
		external_id: row.external_id,
		is_fallback: row.is_fallback,
		quick_replies: row.quick_replies ?? [],
		...(row.booking_url && { booking_url: row.booking_url }),
	};
}
