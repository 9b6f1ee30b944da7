import { sql } from 'drizzle-orm';
import {
	boolean,
	check,
	index,
	integer,
	pgTable,
	primaryKey,
	text,
	uniqueIndex,
	uuid,
} from 'drizzle-orm/pg-core';
import { chat_sessions } from './chat-sessions.ts';
import { at, createdAt, id, outboxColumns, ref } from './columns.ts';
import { sites } from './sites.ts';

/** A Facebook page that has written to us, or whose token we hold. */
export const messenger_pages = pgTable('messenger_pages', {
	page_id: text().primaryKey(),
	name: text(),
	/** Where its conversations belong; null: to the site `default`. */
	site_id: ref().references(() => sites.id, { onDelete: 'set null' }),
	last_event_at: at(),
	/** Null: the server's own token (MESSENGER_PAGE_TOKEN) writes for it. */
	sealed_token: text(),
	/** Names the page's own token without opening it. */
	token_fingerprint: text(),
	/** The fingerprint of the token that Facebook refused; another token is tried again by itself. */
	refused_token: text(),
	last_error: text(),
	last_error_at: at(),
	created_at: createdAt(),
});

/** Which chat session a page's visitor has; Facebook gives a person another id on every page. */
export const messenger_threads = pgTable(
	'messenger_threads',
	{
		page_id: text()
			.notNull()
			.references(() => messenger_pages.page_id),
		psid: text().notNull(),
		chat_session_id: ref()
			.notNull()
			.unique()
			.references(() => chat_sessions.id, { onDelete: 'cascade' }),
		/** When the AI last said what it is; null: it has to, at the start and after a person. */
		disclosed_at: at(),
		/** When the visitor's name was asked for, once. */
		name_asked_at: at(),
	},
	(table) => [primaryKey({ columns: [table.page_id, table.psid] })],
);

/** What Facebook sent, stored before it is answered and handled afterwards; emptied when it was handled. */
export const messenger_events = pgTable(
	'messenger_events',
	{
		id: id(),
		page_id: text().notNull(),
		psid: text().notNull(),
		/** Facebook sends again what it thinks was lost. */
		dedupe_key: text().notNull().unique(),
		/** Another app owns the conversation: the AI keeps out of it. */
		is_standby: boolean().notNull().default(false),
		payload: text().notNull(),
		sent_at: at().notNull(),
		attempt_count: integer().notNull().default(0),
		next_attempt_at: at(),
		/** Why it was given up. */
		error: text(),
		handled_at: at(),
		created_at: createdAt(),
	},
	(table) => [
		// What is due now.
		index('messenger_events_due')
			.on(table.sent_at, table.id)
			.where(sql`${table.handled_at} is null`),
		// Whether a visitor has something older that waits.
		index('messenger_events_thread')
			.on(table.page_id, table.psid, table.sent_at, table.id)
			.where(sql`${table.handled_at} is null`),
		// Everything of one visitor, to erase it.
		index('messenger_events_visitor').on(table.page_id, table.psid),
		// What may be forgotten.
		index('messenger_events_handled')
			.on(table.handled_at)
			.where(sql`${table.handled_at} is not null`),
	],
);

/** Messages on their way to Messenger, in parts that Facebook takes, one after the other. */
export const messenger_sends = pgTable(
	'messenger_sends',
	{
		id: id(),
		chat_session_id: ref()
			.notNull()
			.references(() => chat_sessions.id, { onDelete: 'cascade' }),
		message_id: ref().notNull(),
		/** Comes back with Facebook's echo, by which we know it for ours. */
		metadata: uuid().notNull().unique(),
		text: text().notNull(),
		quick_replies: text().array().notNull().default([]),
		status: text().$type<'pending' | 'sent' | 'failed'>().notNull().default('pending'),
		...outboxColumns(),
		/** Facebook's id of it. */
		mid: text(),
		last_error: text(),
		created_at: createdAt(),
		sent_at: at(),
	},
	(table) => [
		// What is due now.
		index('messenger_sends_due')
			.on(table.next_attempt_at, table.id)
			.where(sql`${table.status} = 'pending'`),
		// What has to go first in a conversation, and the parts of one message.
		index('messenger_sends_thread')
			.on(table.chat_session_id, table.id)
			.where(sql`${table.status} = 'pending'`),
		uniqueIndex('messenger_sends_mid')
			.on(table.mid)
			.where(sql`${table.mid} is not null`),
		check('messenger_sends_status', sql`${table.status} in ('pending', 'sent', 'failed')`),
	],
);
