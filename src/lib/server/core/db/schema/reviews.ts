import { sql } from 'drizzle-orm';
import { index, pgTable, text } from 'drizzle-orm/pg-core';
import type { QaStatus } from '#lib/contract/common.ts';
import type { ReviewReason } from '#lib/contract/review.ts';
import { chat_sessions } from './chat-sessions.ts';
import { at, createdAt, id, ref } from './columns.ts';
import { messages } from './messages.ts';
import { users } from './users.ts';

/** The history of quality-assurance decisions. */
export const reviews = pgTable(
	'reviews',
	{
		id: id(),
		chat_session_id: ref()
			.notNull()
			.references(() => chat_sessions.id, { onDelete: 'cascade' }),
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

/** Who is reviewing which chat session. An expired lock counts as none. */
export const review_locks = pgTable('review_locks', {
	chat_session_id: ref()
		.primaryKey()
		.references(() => chat_sessions.id, { onDelete: 'cascade' }),
	user_id: ref()
		.notNull()
		.references(() => users.id, { onDelete: 'cascade' }),
	locked_until: at().notNull(),
});
