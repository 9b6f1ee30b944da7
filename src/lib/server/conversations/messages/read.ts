import { randomUUID } from 'node:crypto';
import { sql } from 'drizzle-orm';
import { z } from 'zod';
import { sender } from '#lib/contract/common.ts';
import type { Conversation } from '#lib/contract/workflows.ts';
import type { Message } from '#lib/contract/message.ts';
import { asSystem, type Ctx } from '#lib/server/core/context.ts';
import { type Read, runRead } from '#lib/server/core/db/reads.ts';
import { requireTeam, requireVisitorOrTeam } from '#lib/server/core/permissions.ts';
import type { SessionRef } from '../sessions/index.ts';
import { resolveHandle } from '../sessions/unchecked.ts';

/** The maximum number of messages per read. Without `after`, the newest ones are returned. */
export const TRANSCRIPT_LIMIT = 2000;

interface MessageRange {
	/** Only messages after this id. */
	after?: number;
	limit?: number;
}

/** Returns a chat session's messages, oldest first: the newest 2,000, or those after a message id. */
export async function listMessages(
	ctx: Ctx,
	session: SessionRef,
	range: MessageRange = {},
): Promise<Message[]> {
	const sessionId = typeof session === 'string' ? session : session.session_id;
	requireVisitorOrTeam(ctx, sessionId, 'sessions:read');
	return runRead(ctx.db, readMessages(session, range));
}

/** Returns the query of `listMessages`, to run together with other reads. Doesn't check permissions. */
export function readMessages(
	session: SessionRef,
	{ after, limit }: MessageRange = {},
): Read<Message[]> {
	const id =
		typeof session === 'string'
			? sql`(select id from chat_sessions where public_id = ${session})`
			: sql`${session.id}`;
	const sessionMessages = sql`${sql.raw(SELECT_MESSAGES)} where m.chat_session_id = ${id}`;
	const max = limit ?? TRANSCRIPT_LIMIT;
	return {
		query:
			after === undefined
				? sql`select * from (${sessionMessages} order by m.id desc limit ${max}) newest order by id`
				: sql`${sessionMessages} and m.id > ${after} order by m.id limit ${max}`,
		parse: (rows) => storedMessages.parse(rows).map(presentMessage),
	};
}

/** The base query for all reads of messages (aliases m, s, u). Append joins, conditions and an order. */
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
	/** Whether the message's client id grants the chat session's token; such an id is never returned. */
	opens_session: z.boolean(),
	external_id: z.string().nullable(),
	turn_id: z.string().nullable(),
	is_fallback: z.boolean(),
	quick_replies: z.array(z.string()).nullable(),
	booking_url: z.string().nullable(),
});
export const storedMessages = z.array(storedMessage);
export type StoredMessage = z.infer<typeof storedMessage>;

/** Returns a message in the contract's shape. */
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

/** Returns the context for an AI: the chat session's messages except for the AI's latest one. Throws `not_found`. */
export async function getConversation(ctx: Ctx, id: string): Promise<Conversation> {
	requireTeam(ctx, 'sessions:read');
	if (isConnectionTestId(id)) return createConnectionTestConversation(id, ctx.app.clock());
	const chat = await resolveHandle(ctx, id);
	// Sorted by time, because messages that were ingested late have higher ids. Ids break ties.
	const messages = (await listMessages(asSystem(ctx), chat)).sort(
		(a, b) => Date.parse(a.timestamp) - Date.parse(b.timestamp) || a.id - b.id,
	);
	const lastAiMessage = messages.findLast((message) => message.sender === 'ai');
	const shownMessages = messages.filter((message) => message !== lastAiMessage);
	return {
		session_id: chat.session_id,
		conversation_history: shownMessages.map(({ id, message, timestamp, sender }) => ({
			id,
			message,
			timestamp,
			sender: sender === 'visitor' ? 'user' : sender,
		})),
		session_metadata: {
			total_messages: shownMessages.length,
			ai_messages_count: shownMessages.filter(({ sender }) => sender === 'ai').length,
			user_messages_count: shownMessages.filter(({ sender }) => sender === 'visitor').length,
			session_start: shownMessages[0]?.timestamp ?? null,
			session_end: shownMessages.at(-1)?.timestamp ?? null,
			excluded_last_ai_message: lastAiMessage !== undefined,
		},
		last_ai_message: lastAiMessage?.message ?? null,
		ai_message_time: lastAiMessage?.timestamp ?? null,
	};
}

/** The message that "Test connection" sends as the visitor, after the greeting. */
export const CONNECTION_TEST_MESSAGE = 'Hello! This is a connection test. Can you help me?';

/** Returns a chat session id for a connection test. No chat session has such an id. */
export const createConnectionTestId = () => `session_test_${randomUUID()}`;

const isConnectionTestId = (id: string): boolean =>
	/^session_test_[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id);

/**
 * Returns the conversation of a connection test, so that a workflow that fetches the conversation first passes the test only
 * if it can reach Frontdesk with a valid key.
 */
function createConnectionTestConversation(session_id: string, now: Date): Conversation {
	const timestamp = now.toISOString();
	return {
		session_id,
		conversation_history: [{ id: 2, message: CONNECTION_TEST_MESSAGE, timestamp, sender: 'user' }],
		session_metadata: {
			total_messages: 1,
			ai_messages_count: 0,
			user_messages_count: 1,
			session_start: timestamp,
			session_end: timestamp,
			excluded_last_ai_message: true,
		},
		last_ai_message: 'Hello! What can we do for you?',
		ai_message_time: timestamp,
	};
}
