import { sql } from 'drizzle-orm';
import { boolean, check, index, pgTable, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core';
import type { Sender } from '#lib/contract/common.ts';
import { chat_sessions } from './chat-sessions.ts';
import { createdAt, id, ref } from './columns.ts';
import { users } from './users.ts';

/** Messages, ordered by id. */
export const messages = pgTable(
	'messages',
	{
		id: id(),
		chat_session_id: ref()
			.notNull()
			.references(() => chat_sessions.id, { onDelete: 'cascade' }),
		sender: text().$type<Sender>().notNull(),
		message: text().notNull(),
		/** The user who wrote it, when the sender is `agent`. */
		user_id: ref().references(() => users.id, { onDelete: 'set null' }),
		/** The name of an agent who is no user and answers outside of Frontdesk. */
		author_name: text(),
		client_message_id: uuid(),
		external_id: text(),
		/** The turn that this message answers, when the sender is `ai`. */
		turn_id: uuid(),
		is_fallback: boolean().notNull().default(false),
		quick_replies: text().array(),
		/** Where the visitor can book an appointment, offered with an AI's reply. */
		booking_url: text(),
		created_at: createdAt(),
	},
	(table) => [
		// A transcript, and the messages after a given one.
		index('messages_transcript').on(table.chat_session_id, table.id),
		// A message that is sent twice is stored once.
		uniqueIndex('messages_client_message_id')
			.on(table.chat_session_id, table.client_message_id)
			.where(sql`${table.client_message_id} is not null`),
		// A message that is ingested twice is stored once.
		uniqueIndex('messages_external_id')
			.on(table.chat_session_id, table.external_id)
			.where(sql`${table.external_id} is not null`),
		// One reply per turn.
		uniqueIndex('messages_turn_id')
			.on(table.turn_id)
			.where(sql`${table.turn_id} is not null`),
		// Full-text search over messages.
		index('messages_terms').using('gin', sql`search_document(${table.message})`),
		check('messages_sender', sql`${table.sender} in ('visitor', 'ai', 'agent', 'system')`),
	],
);
