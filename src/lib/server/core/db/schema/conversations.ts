import { sql } from 'drizzle-orm';
import { check, index, pgTable, uniqueIndex } from 'drizzle-orm/pg-core';
import type { Sender } from '#lib/contract/common.ts';
import type { Handoff, HandoffOutcome } from '#lib/contract/handoff.ts';
import type { SavedFilter } from '#lib/contract/inbox.ts';
import { sessionRef } from './chat-sessions.ts';
import { at, boolean, createdAt, id, jsonb, ref, text, uuid } from './columns.ts';
import { siteRef } from './sites.ts';
import { users } from './users.ts';

/** Messages, ordered by id. */
export const messages = pgTable(
	'messages',
	{
		id: id(),
		chat_session_id: sessionRef().notNull(),
		sender: text().$type<Sender>().notNull(),
		message: text().notNull(),
		/** The user who wrote the message, if the sender is `agent`. */
		user_id: ref().references(() => users.id, { onDelete: 'set null' }),
		/** The name of an agent who answers outside Frontdesk and isn't a user. */
		author_name: text(),
		client_message_id: uuid(),
		external_id: text(),
		/** The turn that produced this message, if the sender is `ai`. */
		turn_id: uuid(),
		is_fallback: boolean().notNull().default(false),
		quick_replies: text().array(),
		/** The URL of a page for booking an appointment, offered with an AI's reply. */
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

/** The team's internal notes on chat sessions; separate from messages, so that nothing serves them to visitors. */
export const notes = pgTable(
	'notes',
	{
		id: id(),
		chat_session_id: sessionRef().notNull(),
		note: text().notNull(),
		user_id: ref().references(() => users.id, { onDelete: 'set null' }),
		/** The name of the user or API key at the time. */
		author_name: text().notNull(),
		created_at: createdAt(),
		edited_at: at(),
	},
	(table) => [
		// The notes of one chat session, newest first.
		index('notes_session').on(table.chat_session_id, table.created_at, table.id),
	],
);

/** Requests for a person to join a chat. */
export const handoffs = pgTable(
	'handoffs',
	{
		id: id(),
		chat_session_id: sessionRef().notNull(),
		site_id: siteRef().notNull(),
		reason: text(),
		/** The visitor's latest message at the time of the request; once the handoff has ended, at its end. */
		message_id: ref(),
		requested_by: text().$type<Handoff['requested_by']>().notNull(),
		requested_at: at().notNull(),
		deadline_at: at().notNull(),
		/** Null while the visitor is waiting. */
		outcome: text().$type<HandoffOutcome>(),
		ended_at: at(),
		/** The user who took the handoff, if any. A person outside Frontdesk has only a name, in `taken_by`. */
		taken_by_id: ref().references(() => users.id, { onDelete: 'set null' }),
		taken_by: text(),
	},
	(table) => [
		// At most one open handoff per chat session.
		uniqueIndex('handoffs_open')
			.on(table.chat_session_id)
			.where(sql`${table.outcome} is null`),
		// Open handoffs past their deadline.
		index('handoffs_due')
			.on(table.deadline_at)
			.where(sql`${table.outcome} is null`),
		// The handoffs of a chat session.
		index('handoffs_session').on(table.chat_session_id, table.id),
		// Statistics by site and period.
		index('handoffs_site').on(table.site_id, table.requested_at),
		check('handoffs_outcome', sql`${table.outcome} in ('taken', 'missed', 'cancelled')`),
		check('handoffs_ended', sql`(${table.outcome} is null) = (${table.ended_at} is null)`),
	],
);

/** Prepared answers that agents insert. */
export const canned_replies = pgTable(
	'canned_replies',
	{
		id: id(),
		/** The owner; null when shared with the team. */
		user_id: ref().references(() => users.id, { onDelete: 'cascade' }),
		title: text().notNull(),
		text: text().notNull(),
		created_at: createdAt(),
		updated_at: at().notNull().defaultNow(),
	},
	(table) => [
		// A user's own replies, newest first. The team's are indexed under user id 0.
		index('canned_replies_list').on(sql`coalesce(${table.user_id}, 0)`, table.created_at, table.id),
	],
);

/** Users' saved inbox filters. */
export const saved_filters = pgTable(
	'saved_filters',
	{
		id: id(),
		user_id: ref()
			.notNull()
			.references(() => users.id, { onDelete: 'cascade' }),
		name: text().notNull(),
		filter: jsonb().$type<SavedFilter['filter']>().notNull(),
		created_at: createdAt(),
	},
	(table) => [
		// A user's filters by name, which is unique.
		uniqueIndex('saved_filters_name').on(table.user_id, sql`lower(${table.name})`),
	],
);
