import { index, pgTable, text } from 'drizzle-orm/pg-core';
import type { QaStatus } from '$lib/contract/common';
import { chat_sessions } from './chat-sessions';
import { createdAt, id, ref } from './columns';
import { users } from './users';

/** Every quality-assurance decision, as history. */
export const reviews = pgTable(
	'reviews',
	{
		id: id(),
		chat_session_id: ref()
			.notNull()
			.references(() => chat_sessions.id, { onDelete: 'cascade' }),
		from_status: text().$type<QaStatus>().notNull(),
		qa_status: text().$type<QaStatus>().notNull(),
		notes: text(),
		developer_feedback: text(),
		user_id: ref().references(() => users.id, { onDelete: 'set null' }),
		/** The name at the time, also of an API key. */
		reviewer: text().notNull(),
		created_at: createdAt(),
	},
	(table) => [
		// A chat session's history.
		index('reviews_session').on(table.chat_session_id, table.id),
	],
);
