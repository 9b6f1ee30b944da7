import { sql } from 'drizzle-orm';
import { check, index, integer, pgTable, text, uniqueIndex } from 'drizzle-orm/pg-core';
import type { Replay } from '#lib/contract/test-chat.ts';
import { chat_sessions } from './chat-sessions.ts';
import { at, createdAt, id, ref } from './columns.ts';
import { users } from './users.ts';

/** Replays of a stored chat's visitor messages to the current AI, in a test chat. */
export const replays = pgTable(
	'replays',
	{
		id: id(),
		user_id: ref()
			.notNull()
			.references(() => users.id, { onDelete: 'cascade' }),
		source_id: ref().references(() => chat_sessions.id, { onDelete: 'set null' }),
		chat_session_id: ref()
			.notNull()
			.references(() => chat_sessions.id, { onDelete: 'cascade' }),
		status: text().$type<Replay['status']>().notNull().default('running'),
		/** The visitor's messages, oldest first, at most 50. */
		messages: text().array().notNull(),
		sent_count: integer().notNull().default(0),
		created_at: createdAt(),
		finished_at: at(),
	},
	(table) => [
		// The replay of a test chat.
		uniqueIndex('replays_session').on(table.chat_session_id),
		// One running replay per user.
		uniqueIndex('replays_running')
			.on(table.user_id)
			.where(sql`${table.status} = 'running'`),
		// The replays of a chat session.
		index('replays_source').on(table.source_id),
		check('replays_status', sql`${table.status} in ('running', 'done', 'cancelled', 'failed')`),
	],
);
