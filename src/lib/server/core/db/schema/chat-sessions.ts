import { sql } from 'drizzle-orm';
import {
	boolean,
	check,
	index,
	integer,
	jsonb,
	pgTable,
	text,
	uniqueIndex,
	uuid,
	type AnyPgColumn,
} from 'drizzle-orm/pg-core';
import type {
	ArchiveStatus,
	Channel,
	CompletionSource,
	CompletionStatus,
	QaStatus,
	Sender,
} from '#lib/contract/common.ts';
import type { QueueReason } from '#lib/contract/review-queue.ts';
import type { SeenPage, VisitorContext } from '#lib/contract/visitor-context.ts';
import { at, createdAt, id, ref } from './columns.ts';
import { sites } from './sites.ts';
import { users } from './users.ts';

/** A chat session that goes on for longer is a long one. */
export const LONG_MS = 6 * 3_600_000;
const isLongOf = (table: { last_activity_at: AnyPgColumn; created_at: AnyPgColumn }) =>
	sql`${table.last_activity_at} - ${table.created_at} > interval '6 hours'`;

/** One conversation of one visitor on one channel. */
export const chat_sessions = pgTable(
	'chat_sessions',
	{
		id: id(),
		/** `session_…`, the id that leaves the server. */
		public_id: text().notNull().unique(),
		site_id: ref()
			.notNull()
			.references(() => sites.id),
		channel: text().$type<Channel>().notNull().default('web'),
		completion_status: text().$type<CompletionStatus>().notNull().default('in_progress'),
		completion_source: text().$type<CompletionSource>(),
		archive_status: text().$type<ArchiveStatus>().notNull().default('active'),
		qa_status: text().$type<QaStatus>().notNull().default('unchecked'),
		/** Since when it waits in the review queue; kept when it was reviewed. */
		review_queued_at: at(),
		/** Why it is in the queue. */
		review_queued_because: text().$type<QueueReason>(),
		/** When it was last drawn whether it belongs into the queue's sample. */
		review_drawn_at: at(),
		ai_engaged: boolean().notNull().default(false),
		/** A person has taken over: no turn starts, and none that runs may store its reply. */
		ai_paused: boolean().notNull().default(false),
		assignee_id: ref().references(() => users.id, { onDelete: 'set null' }),
		/** Made by the client, so that a repeated start makes no second chat session. */
		client_session_id: uuid(),
		/** Visitors' tokens carry it: raising it revokes every earlier one. */
		token_version: integer().notNull().default(0),
		context: jsonb().$type<VisitorContext>().notNull().default({}),
		/** Where the visitor has been while the chat went on, oldest first. */
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
		/** The newest visitor message that a turn has taken up. */
		answered_through_id: ref(),
		/** Something the AI has not answered yet: the start of the chat, or a visitor's message. */
		is_awaiting_reply: boolean().notNull().default(false),
		/** The turn that is being answered now; at most one. */
		turn_id: uuid(),
		/** A turn whose process died is taken up again after this. */
		turn_lease_until: at(),
		/** Of an abandoned chat session: the key of the question that was open last; empty when none was. */
		last_question: text(),
		/** The key of the site's greeting that this visitor was given. */
		greeting_variant: text(),
		/** Which version of the site's consent text the visitor agreed to, and when. */
		consent_version: at(),
		consented_at: at(),
		/** Of a Messenger conversation: until when Facebook lets the page write. */
		reply_until: at(),
		created_at: createdAt(),
		last_activity_at: at().notNull().defaultNow(),
		completed_at: at(),
		archived_at: at(),
	},
	(table) => [
		// Lists, newest first, by archive status (the inbox always names one).
		index('chat_sessions_list').on(table.archive_status, table.last_activity_at, table.id),
		// Lists and counts of one site.
		index('chat_sessions_site_list').on(table.site_id, table.last_activity_at, table.id),
		// The list of one person's chats, and of the rarer channels.
		index('chat_sessions_assignee_list')
			.on(table.assignee_id, table.last_activity_at, table.id)
			.where(sql`${table.assignee_id} is not null`),
		index('chat_sessions_channel_list')
			.on(table.channel, table.last_activity_at, table.id)
			.where(sql`${table.channel} <> 'web'`),
		// The same of one site.
		index('chat_sessions_site_channel_list')
			.on(table.site_id, table.channel, table.last_activity_at, table.id)
			.where(sql`${table.channel} <> 'web'`),
		// Sweep: chats gone silent, and completions not noticed yet; lists and counts of what is in progress.
		index('chat_sessions_open')
			.on(table.last_activity_at, table.id)
			.where(sql`${table.completion_status} = 'in_progress'`),
		// Lists of chats that began before a time, those that went on long after it; few do.
		index('chat_sessions_long').on(table.last_activity_at, table.id).where(isLongOf(table)),
		// Recovery: answers that are due and whose turn is not running.
		index('chat_sessions_due')
			.on(table.id)
			.where(sql`${table.is_awaiting_reply} or ${table.turn_id} is not null`),
		// Lists by review state; chats in progress are not in it, so that a message does not touch it.
		index('chat_sessions_qa')
			.on(table.qa_status, table.last_activity_at, table.id)
			.where(sql`${table.completion_status} <> 'in_progress'`),
		// Review lists of what was decided; a message touches it only there.
		index('chat_sessions_reviewed')
			.on(table.qa_status, table.last_activity_at, table.id)
			.where(sql`${table.qa_status} <> 'unchecked'`),
		// The review queue, what has waited longest first.
		index('chat_sessions_review_queue')
			.on(table.review_queued_at, table.id)
			.where(sql`${table.review_queued_at} is not null and ${table.qa_status} = 'unchecked'`),
		// What has ended and is not queued or drawn yet; empty when all is done.
		index('chat_sessions_review_due')
			.on(table.id)
			.where(
				sql`${table.review_queued_at} is null and ${table.qa_status} = 'unchecked' and ${table.channel} <> 'test' and (${table.completion_status} = 'complete' or (${table.completion_status} = 'abandoned' and (${table.review_drawn_at} is null or ${table.review_drawn_at} < ${table.last_activity_at})))`,
			),
		uniqueIndex('chat_sessions_client_session_id')
			.on(table.site_id, table.client_session_id)
			.where(sql`${table.client_session_id} is not null`),
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

/** As chat_sessions_long has it. */
export const isLong = isLongOf(chat_sessions);
