import { sql } from 'drizzle-orm';
import { check, index, pgTable, primaryKey, uniqueIndex } from 'drizzle-orm/pg-core';
import { sessionRef } from './chat-sessions.ts';
import {
	at,
	bigint,
	boolean,
	createdAt,
	id,
	integer,
	ref,
	sendColumns,
	text,
	uuid,
} from './columns.ts';
import { sites } from './sites.ts';

/** Facebook pages that have sent events, or have a token of their own. */
export const messenger_pages = pgTable('messenger_pages', {
	page_id: text().primaryKey(),
	name: text(),
	/** The site of the page's conversations; null for the site `default`. */
	site_id: ref().references(() => sites.id, { onDelete: 'set null' }),
	last_event_at: at(),
	/** The page's own token, sealed; null to use `MESSENGER_PAGE_TOKEN`. */
	sealed_token: text(),
	/** A fingerprint that identifies the page's own token without decrypting it. */
	token_fingerprint: text(),
	/** The fingerprint of the token that Facebook rejected; any other token is tried again automatically. */
	refused_token: text(),
	last_error: text(),
	last_error_at: at(),
	created_at: createdAt(),
});

/** The chat session of each visitor of a page. Facebook gives a person a different id on every page. */
export const messenger_threads = pgTable(
	'messenger_threads',
	{
		page_id: text()
			.notNull()
			.references(() => messenger_pages.page_id),
		psid: text().notNull(),
		chat_session_id: sessionRef().notNull().unique(),
		/** When the AI last disclosed that it is an AI. Null in a new chat and after an agent's message: the AI's next message then discloses it. */
		disclosed_at: at(),
		/** When the visitor's name was requested from Facebook, which happens once. */
		name_asked_at: at(),
	},
	(table) => [primaryKey({ columns: [table.page_id, table.psid] })],
);

/** Events from Facebook. They are stored, then acknowledged, then processed. The payload is cleared once the event is processed. */
export const messenger_events = pgTable(
	'messenger_events',
	{
		id: id(),
		page_id: text().notNull(),
		psid: text().notNull(),
		/** Identifies the event, which Facebook may send more than once. */
		dedupe_key: text().notNull().unique(),
		/** Whether another app owns the conversation, so that the AI must not answer. */
		is_standby: boolean().notNull().default(false),
		payload: text().notNull(),
		sent_at: at().notNull(),
		attempt_count: integer().notNull().default(0),
		next_attempt_at: at(),
		/** Why the event could not be processed. */
		error: text(),
		handled_at: at(),
		created_at: createdAt(),
	},
	(table) => [
		// Due events.
		index('messenger_events_due')
			.on(table.sent_at, table.id)
			.where(sql`${table.handled_at} is null`),
		// A visitor's older pending events.
		index('messenger_events_thread')
			.on(table.page_id, table.psid, table.sent_at, table.id)
			.where(sql`${table.handled_at} is null`),
		// All events of one visitor, for erasure.
		index('messenger_events_visitor').on(table.page_id, table.psid),
		// Processed events past their retention period.
		index('messenger_events_handled')
			.on(table.handled_at)
			.where(sql`${table.handled_at} is not null`),
	],
);

/** The outbox of Messenger: messages split into parts that fit Facebook's limits, sent in order. */
export const messenger_sends = pgTable(
	'messenger_sends',
	{
		id: id(),
		chat_session_id: sessionRef().notNull(),
		message_id: ref().notNull(),
		/** Returned in Facebook's echo, where it identifies the message as Frontdesk's. */
		metadata: uuid().notNull().unique(),
		text: text().notNull(),
		quick_replies: text().array().notNull().default([]),
		status: text().$type<'pending' | 'sent' | 'failed'>().notNull().default('pending'),
		...sendColumns(),
		/** Facebook's id of the message. */
		mid: text(),
	},
	(table) => [
		// Due parts.
		index('messenger_sends_due')
			.on(table.next_attempt_at, table.id)
			.where(sql`${table.status} = 'pending'`),
		// The next part of a conversation, and the parts of one message.
		index('messenger_sends_thread')
			.on(table.chat_session_id, table.id)
			.where(sql`${table.status} = 'pending'`),
		uniqueIndex('messenger_sends_mid')
			.on(table.mid)
			.where(sql`${table.mid} is not null`),
		check('messenger_sends_status', sql`${table.status} in ('pending', 'sent', 'failed')`),
	],
);

/** Rows of n8n's chat memory that were imported or skipped, so that each is processed once. */
export const memory_rows = pgTable(
	'memory_rows',
	{
		/** `own` is Frontdesk's database, `other` is that of `N8N_DATABASE_URL`. */
		source: text().$type<'own' | 'other'>().notNull(),
		/** The row's id in n8n's table. */
		row_id: bigint({ mode: 'number' }).notNull(),
		taken_at: at().notNull(),
	},
	(table) => [primaryKey({ columns: [table.source, table.row_id] })],
);

/** The id up to which all rows of a source have been processed, so that they need not be stored one by one. */
export const memory_marks = pgTable('memory_marks', {
	source: text().$type<'own' | 'other'>().primaryKey(),
	row_id: bigint({ mode: 'number' }).notNull(),
});
