import { sql } from 'drizzle-orm';
import { check, index, pgTable, uniqueIndex, type AnyPgColumn } from 'drizzle-orm/pg-core';
import type {
	ArchiveStatus,
	Channel,
	CompletionSource,
	CompletionStatus,
	QaStatus,
	Sender,
} from '#lib/contract/common.ts';
import type { Arm } from '#lib/contract/challenger.ts';
import type { QueueReason } from '#lib/contract/review-queue.ts';
import type { SeenPage, VisitorContext } from '#lib/contract/visitor-context.ts';
import { at, boolean, createdAt, id, integer, jsonb, ref, text, uuid } from './columns.ts';
import { siteRef } from './sites.ts';
import { users } from './users.ts';

/** Chat sessions that last longer than this are in the index `chat_sessions_long`. */
export const LONG_MS = 6 * 3_600_000;
const longChatCondition = (table: { last_activity_at: AnyPgColumn; created_at: AnyPgColumn }) =>
	sql`${table.last_activity_at} - ${table.created_at} > interval '6 hours'`;

/** Conversations, each with one visitor on one channel. */
export const chat_sessions = pgTable(
	'chat_sessions',
	{
		id: id(),
		/** `session_…`, the only id that clients see. */
		public_id: text().notNull().unique(),
		site_id: siteRef().notNull(),
		channel: text().$type<Channel>().notNull().default('web'),
		completion_status: text().$type<CompletionStatus>().notNull().default('in_progress'),
		completion_source: text().$type<CompletionSource>(),
		/** When the AI claimed completion although required values were missing; null once the chat is complete. */
		completion_claimed_at: at(),
		/** When a completion was last undone, and how often. */
		completion_undone_at: at(),
		completions_undone: integer().notNull().default(0),
		archive_status: text().$type<ArchiveStatus>().notNull().default('active'),
		qa_status: text().$type<QaStatus>().notNull().default('unchecked'),
		/** When the chat entered the review queue; kept after the review. */
		review_queued_at: at(),
		review_queued_because: text().$type<QueueReason>(),
		/** When the chat was last considered for the random sample in the review queue. */
		review_drawn_at: at(),
		/** The time up to which automatic checks have covered the activity; null before the first check. */
		checked_through_at: at(),
		/** Whether the chat has flags from automatic checks that no one has dismissed. */
		is_flagged: boolean().notNull().default(false),
		ai_engaged: boolean().notNull().default(false),
		/** Whether a person has taken over or was requested: no turn starts, and a running one must not store its reply. */
		ai_paused: boolean().notNull().default(false),
		assignee_id: ref().references(() => users.id, { onDelete: 'set null' }),
		/** The name of a person who has taken over outside Frontdesk, such as in Slack. */
		agent_name: text(),
		/** The deadline of the open handoff; null unless the visitor is waiting for a person. */
		handoff_deadline_at: at(),
		/** Whether the latest handoff was missed. Reported to the AI until a person takes over. */
		is_handoff_missed: boolean().notNull().default(false),
		/** Whether the built-in AI answers in place of the site's AI, which failed in this chat. */
		is_rescued: boolean().notNull().default(false),
		/** The client's idempotency key for starting the chat session. */
		client_session_id: uuid(),
		/** Part of visitor tokens; incrementing it revokes all earlier ones. */
		token_version: integer().notNull().default(0),
		context: jsonb().$type<VisitorContext>().notNull().default({}),
		/** The pages that the visitor opened during the chat, oldest first. */
		pages: jsonb().$type<SeenPage[]>().notNull().default([]),
		message_count: integer().notNull().default(0),
		visitor_message_count: integer().notNull().default(0),
		ai_message_count: integer().notNull().default(0),
		last_message_id: ref(),
		last_message_sender: text().$type<Sender>(),
		/** The last message's first 200 characters, for lists. */
		last_message_preview: text(),
		last_message_at: at(),
		last_visitor_message_id: ref(),
		/** The newest visitor message that a turn has claimed. */
		answered_through_id: ref(),
		/** Whether the start of the chat or a visitor message is waiting for a turn. */
		is_awaiting_reply: boolean().notNull().default(false),
		/** The id of the running turn. */
		turn_id: uuid(),
		/** When the lease of the running turn expires, and another process may recover it. */
		turn_lease_until: at(),
		/** The key of the question at which the chat was abandoned; empty if all were answered. */
		last_question: text(),
		/** The key of the greeting that this visitor was shown. */
		greeting_variant: text(),
		/** The version of the AI that answered first; see `ai_turns.version`. */
		version: text(),
		/** The challenger on trial when the chat started, and the AI that the chat was assigned to. */
		challenger_id: ref(),
		arm: text().$type<Arm>(),
		/** A hash of the browser's visitor id, set during trials, so that a visitor's next chat gets the same AI. */
		visitor_hash: text(),
		/** The version of the consent text that the visitor agreed to. */
		consent_version: at(),
		consented_at: at(),
		/** When Facebook's messaging window of a Messenger conversation closes. */
		reply_until: at(),
		created_at: createdAt(),
		last_activity_at: at().notNull().defaultNow(),
		completed_at: at(),
		archived_at: at(),
	},
	(table) => [
		// Lists, newest first, by archive status, which the inbox always filters by.
		index('chat_sessions_list').on(table.archive_status, table.last_activity_at, table.id),
		// Lists and counts of one site.
		index('chat_sessions_site_list').on(table.site_id, table.last_activity_at, table.id),
		// The lists of one assignee's chats, and of the rarer channels.
		index('chat_sessions_assignee_list')
			.on(table.assignee_id, table.last_activity_at, table.id)
			.where(sql`${table.assignee_id} is not null`),
		index('chat_sessions_channel_list')
			.on(table.channel, table.last_activity_at, table.id)
			.where(sql`${table.channel} <> 'web'`),
		// The rarer channels of one site.
		index('chat_sessions_site_channel_list')
			.on(table.site_id, table.channel, table.last_activity_at, table.id)
			.where(sql`${table.channel} <> 'web'`),
		// The sweep for idle chats and missed completions; lists and counts of chats in progress.
		index('chat_sessions_open')
			.on(table.last_activity_at, table.id)
			.where(sql`${table.completion_status} = 'in_progress'`),
		// Lists filtered by start time: the few chats that were active long after their start.
		index('chat_sessions_long')
			.on(table.last_activity_at, table.id)
			.where(longChatCondition(table)),
		// Recovery of turns that are queued or whose lease has expired.
		index('chat_sessions_due')
			.on(table.id)
			.where(sql`${table.is_awaiting_reply} or ${table.turn_id} is not null`),
		// Lists by review status. Excludes chats in progress, so that storing a message doesn't update this index.
		index('chat_sessions_qa')
			.on(table.qa_status, table.last_activity_at, table.id)
			.where(sql`${table.completion_status} <> 'in_progress'`),
		// Lists of reviewed chats. Only messages in reviewed chats update this index.
		index('chat_sessions_reviewed')
			.on(table.qa_status, table.last_activity_at, table.id)
			.where(sql`${table.qa_status} <> 'unchecked'`),
		// Completed chats of one site to review, listed and counted in the inbox. Only messages after completion update this index.
		index('chat_sessions_to_review')
			.on(table.site_id, table.last_activity_at, table.id)
			.where(
				sql`${table.archive_status} = 'active' and ${table.completion_status} = 'complete' and ${table.qa_status} = 'unchecked'`,
			)
			.concurrently(),
		// The review queue: flagged chats first, then oldest first.
		index('chat_sessions_review_order')
			.on(sql`(not ${table.is_flagged})`, table.review_queued_at, table.id)
			.where(sql`${table.review_queued_at} is not null and ${table.qa_status} = 'unchecked'`)
			.concurrently(),
		// Ended chats not considered for the review queue yet; usually empty.
		index('chat_sessions_review_due')
			.on(table.id)
			.where(
				sql`${table.review_queued_at} is null and ${table.qa_status} = 'unchecked' and ${table.channel} <> 'test' and (${table.completion_status} = 'complete' or (${table.completion_status} = 'abandoned' and (${table.review_drawn_at} is null or ${table.review_drawn_at} < ${table.last_activity_at})))`,
			),
		// Ended chats with unchecked activity, newest first; usually empty.
		index('chat_sessions_check_due')
			.on(table.last_activity_at, table.id)
			.where(
				sql`${table.channel} <> 'test' and ${table.completion_status} <> 'in_progress' and (${table.checked_through_at} is null or ${table.checked_through_at} < ${table.last_activity_at})`,
			)
			.concurrently(),
		uniqueIndex('chat_sessions_client_session_id')
			.on(table.site_id, table.client_session_id)
			.where(sql`${table.client_session_id} is not null`),
		// The AI that a visitor was previously assigned to. Contains only chats that started during a trial.
		index('chat_sessions_visitor')
			.on(table.challenger_id, table.visitor_hash)
			.where(sql`${table.visitor_hash} is not null`)
			.concurrently(),
		check('chat_sessions_channel', sql`${table.channel} in ('web', 'messenger', 'test')`),
		check(
			'chat_sessions_completion_status',
			sql`${table.completion_status} in ('in_progress', 'complete', 'abandoned')`,
		),
		check(
			'chat_sessions_completed',
			sql`(${table.completion_status} = 'complete') = (${table.completed_at} is not null and ${table.completion_source} is not null)`,
		),
		check('chat_sessions_archive_status', sql`${table.archive_status} in ('active', 'archived')`),
		check(
			'chat_sessions_qa_status',
			sql`${table.qa_status} in ('unchecked', 'passed', 'issue', 'fixed')`,
		),
	],
);

/**
 * Hashed ids of deleted chat sessions that Frontdesk created, so that late imports and reports don't recreate them. The ids
 * are random, so their hashes reveal nothing about a visitor.
 */
export const deleted_sessions = pgTable(
	'deleted_sessions',
	{ id_hash: text().primaryKey(), deleted_at: at().notNull() },
	(table) => [
		// Rows past their retention period.
		index('deleted_sessions_old').on(table.deleted_at),
	],
);

/** A reference to the chat session that the row belongs to and is deleted with. */
export const sessionRef = () => ref().references(() => chat_sessions.id, { onDelete: 'cascade' });

/** The condition of the index `chat_sessions_long`. */
export const isLong = longChatCondition(chat_sessions);
