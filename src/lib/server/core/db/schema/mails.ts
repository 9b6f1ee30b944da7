import { sql } from 'drizzle-orm';
import { check, index, pgTable, text, uniqueIndex } from 'drizzle-orm/pg-core';
import type { MailStatus, MailTemplate } from '#lib/contract/mail.ts';
import { chat_sessions } from './chat-sessions.ts';
import { at, createdAt, id, outboxColumns, ref } from './columns.ts';

/** Mail to one address each, written in the transaction that causes it. Without a mail account it stays here to be read. */
export const mails = pgTable(
	'mails',
	{
		id: id(),
		template: text().$type<MailTemplate>().notNull(),
		to: text().notNull(),
		subject: text().notNull(),
		html: text().notNull(),
		text: text().notNull(),
		/** The chat that the mail quotes, with which it is deleted. */
		chat_session_id: ref().references(() => chat_sessions.id, { onDelete: 'cascade' }),
		/** The sealed one-time link that replaces a placeholder in the bodies; deleted once sent. */
		sealed_link: text(),
		/** Each key is mailed to an address at most once. */
		dedupe_key: text().notNull(),
		/** Identifies the mail to the mail service in every attempt. */
		idempotency_key: text().notNull(),
		status: text().$type<MailStatus>().notNull(),
		...outboxColumns(),
		last_error: text(),
		created_at: createdAt(),
		sent_at: at(),
	},
	(table) => [
		// No duplicate mails.
		uniqueIndex('mails_dedupe').on(table.dedupe_key, sql`lower(${table.to})`),
		// Due mails.
		index('mails_due')
			.on(table.next_attempt_at, table.id)
			.where(sql`${table.status} = 'pending'`),
		// The lists of all mails, and by status.
		index('mails_list').on(table.created_at, table.id),
		index('mails_status_list').on(table.status, table.created_at, table.id),
		// Mail that quotes one chat session.
		index('mails_session')
			.on(table.chat_session_id)
			.where(sql`${table.chat_session_id} is not null`),
		check('mails_status', sql`${table.status} in ('pending', 'sent', 'failed', 'outbox')`),
	],
);
