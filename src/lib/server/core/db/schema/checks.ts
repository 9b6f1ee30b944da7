import { sql } from 'drizzle-orm';
import { check, index, pgTable, text, uniqueIndex } from 'drizzle-orm/pg-core';
import type { FlagSource, FlagVerdict } from '#lib/contract/check.ts';
import { chat_sessions } from './chat-sessions.ts';
import { at, createdAt, id, outboxColumns, ref } from './columns.ts';
import { messages } from './messages.ts';
import { sites } from './sites.ts';
import { users } from './users.ts';

/** What automatic checks found in finished chats: one row per chat session, rule and message. */
export const chat_flags = pgTable(
	'chat_flags',
	{
		id: id(),
		chat_session_id: ref()
			.notNull()
			.references(() => chat_sessions.id, { onDelete: 'cascade' }),
		site_id: ref()
			.notNull()
			.references(() => sites.id),
		/** A rule of Frontdesk, or `judge:` and a name that the site's judge chose. */
		rule: text().notNull(),
		source: text().$type<FlagSource>().notNull(),
		/** The message at fault; null if the fault is of the whole chat. */
		message_id: ref().references(() => messages.id, { onDelete: 'cascade' }),
		reason: text().notNull(),
		/** What a person decided about it: a review that found an issue confirms it. */
		verdict: text().$type<FlagVerdict>(),
		dismissed_at: at(),
		dismissed_by_id: ref().references(() => users.id, { onDelete: 'set null' }),
		/** The name of the user or API key at the time. */
		dismissed_by: text(),
		created_at: createdAt(),
	},
	(table) => [
		// The flags of a chat session. A fault is stored once, however often the chat is checked.
		uniqueIndex('chat_flags_once').on(
			table.chat_session_id,
			table.rule,
			sql`coalesce(${table.message_id}, 0)`,
		),
		// The precision of each rule; only as large as what people have reviewed.
		index('chat_flags_judged')
			.on(table.rule, table.site_id, table.verdict)
			.where(sql`${table.verdict} is not null`),
		// How often each rule found something lately.
		index('chat_flags_recent').on(table.created_at, table.rule, table.site_id),
		// For the foreign key: deleting a message deletes its flags.
		index('chat_flags_message')
			.on(table.message_id)
			.where(sql`${table.message_id} is not null`),
		check('chat_flags_source', sql`${table.source} in ('rule', 'judge')`),
		check('chat_flags_verdict', sql`${table.verdict} in ('confirmed', 'rejected')`),
	],
);

/** Which chat sessions a process is checking now. An expired lease counts as none. */
export const check_leases = pgTable('check_leases', {
	chat_session_id: ref()
		.primaryKey()
		.references(() => chat_sessions.id, { onDelete: 'cascade' }),
	leased_until: at().notNull(),
});

/** Calls of the judges of sites: at most one per chat session, made again when the visitor has come back. */
export const judge_calls = pgTable(
	'judge_calls',
	{
		id: id(),
		chat_session_id: ref()
			.notNull()
			.unique()
			.references(() => chat_sessions.id, { onDelete: 'cascade' }),
		/** The newest visitor message when it was queued. */
		through_message_id: ref().notNull(),
		status: text().$type<'pending' | 'sent' | 'failed'>().notNull().default('pending'),
		...outboxColumns(),
		last_error: text(),
		created_at: createdAt(),
		sent_at: at(),
	},
	(table) => [
		// Calls that are due, and how many are pending.
		index('judge_calls_due')
			.on(table.next_attempt_at, table.id)
			.where(sql`${table.status} = 'pending'`),
		check('judge_calls_status', sql`${table.status} in ('pending', 'sent', 'failed')`),
	],
);
