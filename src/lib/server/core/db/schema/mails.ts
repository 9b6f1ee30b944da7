import { sql } from 'drizzle-orm';
import { check, index, pgTable, text, uniqueIndex } from 'drizzle-orm/pg-core';
import type { MailStatus, MailTemplate } from '#lib/contract/mail.ts';
import { chat_sessions } from './chat-sessions.ts';
import { at, createdAt, id, outboxColumns, ref } from './columns.ts';

/** Mail on its way to one address, written with what it tells of; without a mail account it stays here to be read. */
export const mails = pgTable(
	'mails',
	{
		id: id(),
		template: text().$type<MailTemplate>().notNull(),
		to: text().notNull(),
		subject: text().notNull(),
		html: text().notNull(),
		text: text().notNull(),
		/** The chat that it quotes, with which it goes. */
		chat_session_id: ref().references(() => chat_sessions.id, { onDelete: 'cascade' }),
		/** The one-time link that stands for its placeholder in the bodies, sealed; gone once it was sent. */
		sealed_link: text(),
		/** What makes the mail one: the same key is written to an address once. */
		dedupe_key: text().notNull(),
		/** What the mail service knows it by, however often it is tried. */
		idempotency_key: text().notNull(),
		status: text().$type<MailStatus>().notNull(),
		...outboxColumns(),
		last_error: text(),
		created_at: createdAt(),
		sent_at: at(),
	},
	(table) => [
		// No mail twice.
		uniqueIndex('mails_dedupe').on(table.dedupe_key, sql`lower(${table.to})`),
		// What is due now.
		index('mails_due')
			.on(table.next_attempt_at, table.id)
			.where(sql`${table.status} = 'pending'`),
		// The list, of all and by status.
		index('mails_list').on(table.created_at, table.id),
		index('mails_status_list').on(table.status, table.created_at, table.id),
		// Mail that quotes one chat session.
		index('mails_session')
			.on(table.chat_session_id)
			.where(sql`${table.chat_session_id} is not null`),
		check('mails_status', sql`${table.status} in ('pending', 'sent', 'failed', 'outbox')`),
	],
);
