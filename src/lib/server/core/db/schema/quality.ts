import { sql } from 'drizzle-orm';
import { check, index, pgTable, uniqueIndex } from 'drizzle-orm/pg-core';
import type { Severity } from '#lib/contract/automation-error.ts';
import type { FlagSource, FlagVerdict } from '#lib/contract/check.ts';
import type { QaStatus } from '#lib/contract/common.ts';
import type { ReviewReason } from '#lib/contract/review.ts';
import { chat_sessions, sessionRef } from './chat-sessions.ts';
import { at, boolean, createdAt, id, integer, ref, sendColumns, text, uuid } from './columns.ts';
import { messages } from './conversations.ts';
import { siteRef } from './sites.ts';
import { users } from './users.ts';

/** Flags from automatic checks of finished chats: one row per chat session, rule and message. */
export const chat_flags = pgTable(
	'chat_flags',
	{
		id: id(),
		chat_session_id: sessionRef().notNull(),
		site_id: siteRef().notNull(),
		/** The id of a built-in rule, or `judge:` followed by a name that the site's judge chose. */
		rule: text().notNull(),
		source: text().$type<FlagSource>().notNull(),
		/** The flagged message; null if the flag is about the whole chat. */
		message_id: ref().references(() => messages.id, { onDelete: 'cascade' }),
		reason: text().notNull(),
		/** A person's verdict on the flag. A review that found an issue confirms it. */
		verdict: text().$type<FlagVerdict>(),
		dismissed_at: at(),
		dismissed_by_id: ref().references(() => users.id, { onDelete: 'set null' }),
		/** The name of the user or API key at the time. */
		dismissed_by: text(),
		created_at: createdAt(),
	},
	(table) => [
		// The flags of a chat session, each stored once, however often the chat is checked.
		uniqueIndex('chat_flags_once').on(
			table.chat_session_id,
			table.rule,
			sql`coalesce(${table.message_id}, 0)`,
		),
		// The precision of each rule; contains only flags that people have reviewed.
		index('chat_flags_judged')
			.on(table.rule, table.site_id, table.verdict)
			.where(sql`${table.verdict} is not null`),
		// Recent flags of each rule.
		index('chat_flags_recent').on(table.created_at, table.rule, table.site_id),
		// For the foreign key: deleting a message deletes its flags.
		index('chat_flags_message')
			.on(table.message_id)
			.where(sql`${table.message_id} is not null`),
		check('chat_flags_source', sql`${table.source} in ('rule', 'judge')`),
		check('chat_flags_verdict', sql`${table.verdict} in ('confirmed', 'rejected')`),
	],
);

/** Leases of chat sessions that a process is checking. */
export const check_leases = pgTable('check_leases', {
	chat_session_id: sessionRef().primaryKey(),
	leased_until: at().notNull(),
});

/** Calls to sites' judges: at most one per chat session, repeated if the visitor returns. */
export const judge_calls = pgTable(
	'judge_calls',
	{
		id: id(),
		chat_session_id: sessionRef().notNull().unique(),
		/** The newest visitor message when the call was queued. */
		through_message_id: ref().notNull(),
		status: text().$type<'pending' | 'sent' | 'failed'>().notNull().default('pending'),
		...sendColumns(),
	},
	(table) => [
		// Due calls, and the number of pending ones.
		index('judge_calls_due')
			.on(table.next_attempt_at, table.id)
			.where(sql`${table.status} = 'pending'`),
		check('judge_calls_status', sql`${table.status} in ('pending', 'sent', 'failed')`),
	],
);

/** The history of quality-assurance decisions. */
export const reviews = pgTable(
	'reviews',
	{
		id: id(),
		chat_session_id: sessionRef().notNull(),
		from_status: text().$type<QaStatus>().notNull(),
		qa_status: text().$type<QaStatus>().notNull(),
		reasons: text().array().$type<ReviewReason[]>().notNull().default([]),
		notes: text(),
		developer_feedback: text(),
		/** The reply that the AI should have given. */
		expected: text(),
		/** The message that the review is about. */
		message_id: ref().references(() => messages.id, { onDelete: 'set null' }),
		user_id: ref().references(() => users.id, { onDelete: 'set null' }),
		/** The name of the user or API key at the time. */
		reviewer: text().notNull(),
		created_at: createdAt(),
	},
	(table) => [
		// A chat session's history.
		index('reviews_session').on(table.chat_session_id, table.id),
		// The reviewers' decisions in a period.
		index('reviews_recent').on(table.created_at),
		// For the foreign key: deleting a message clears it from its reviews.
		index('reviews_message')
			.on(table.message_id)
			.where(sql`${table.message_id} is not null`),
	],
);

/** Expiring locks on chat sessions that a user is reviewing. */
export const review_locks = pgTable('review_locks', {
	chat_session_id: sessionRef().primaryKey(),
	user_id: ref()
		.notNull()
		.references(() => users.id, { onDelete: 'cascade' }),
	locked_until: at().notNull(),
});

/** Errors grouped by workflow, node and cause. */
export const error_groups = pgTable(
	'error_groups',
	{
		id: id(),
		/** SHA-256 of workflow, node and the message without its variable parts. */
		fingerprint: text().notNull().unique(),
		workflow: text().notNull(),
		node: text(),
		message: text().notNull(),
		severity: text().$type<Severity>().notNull(),
		count: integer().notNull().default(0),
		first_seen_at: at().notNull(),
		last_seen_at: at().notNull(),
		resolved_at: at(),
		resolved_by_id: ref().references(() => users.id, { onDelete: 'set null' }),
		/** Whether the group is new or reopened, and its alert mail isn't queued yet. The column keeps its old name for older processes. */
		is_alert_pending: boolean('is_alert_owed').notNull().default(false),
		/** When the last alert mail was queued, by any process. */
		alerted_at: at(),
	},
	(table) => [
		// The list of groups, last seen first.
		index('error_groups_list').on(table.last_seen_at, table.id),
		// The list of open groups.
		index('error_groups_open')
			.on(table.last_seen_at, table.id)
			.where(sql`${table.resolved_at} is null`),
		// The list of one workflow's groups, and the names of all workflows.
		index('error_groups_workflow').on(table.workflow, table.last_seen_at, table.id),
	],
);

/** Errors that workflows reported, or that occurred while calling them. */
export const automation_errors = pgTable(
	'automation_errors',
	{
		id: id(),
		group_id: ref()
			.notNull()
			.references(() => error_groups.id, { onDelete: 'cascade' }),
		chat_session_id: ref().references(() => chat_sessions.id, { onDelete: 'set null' }),
		/** The failed turn. Reports of n8n and Frontdesk about the same turn are stored as one error. */
		turn_id: uuid(),
		/** Whether n8n reported it for a run started by a webhook, which may be one of Frontdesk's turns. */
		is_webhook_run: boolean().notNull().default(false),
		workflow: text().notNull(),
		node: text(),
		message: text().notNull(),
		stack: text(),
		severity: text().$type<Severity>().notNull(),
		execution_id: text(),
		execution_url: text(),
		created_at: createdAt(),
	},
	(table) => [
		// The errors of a group, newest first.
		index('automation_errors_group').on(table.group_id, table.id),
		// The errors of a chat session.
		index('automation_errors_session').on(table.chat_session_id),
	],
);
