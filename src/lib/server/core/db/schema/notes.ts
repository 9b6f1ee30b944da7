import { index, pgTable, text } from 'drizzle-orm/pg-core';
import { chat_sessions } from './chat-sessions.ts';
import { at, createdAt, id, ref } from './columns.ts';
import { users } from './users.ts';

/** The team's internal notes on chat sessions; separate from messages, so that nothing serves them to visitors. */
export const notes = pgTable(
	'notes',
	{
		id: id(),
		chat_session_id: ref()
			.notNull()
			.references(() => chat_sessions.id, { onDelete: 'cascade' }),
		note: text().notNull(),
		user_id: ref().references(() => users.id, { onDelete: 'set null' }),
		/** The name of the user or API key at the time. */
		author_name: text().notNull(),
		created_at: createdAt(),
		edited_at: at(),
	},
	(table) => [
		// The notes of one chat session, newest first.
		index('notes_session').on(table.chat_session_id, table.created_at, table.id),
	],
);
