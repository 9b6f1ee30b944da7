import { index, integer, pgTable, text, uuid } from 'drizzle-orm/pg-core';
import { chat_sessions } from './chat-sessions';
import { at, id, ref } from './columns';
import type { ConnectorSettings } from './sites';

/** Every call of an AI: what was asked when, and how it ended. */
export const ai_turns = pgTable(
	'ai_turns',
	{
		id: id(),
		/** Sent to the workflow, the same for every try of this turn. */
		turn_id: uuid().notNull().unique(),
		chat_session_id: ref()
			.notNull()
			.references(() => chat_sessions.id, { onDelete: 'cascade' }),
		action: text().$type<'start' | 'message'>().notNull(),
		connector: text().$type<ConnectorSettings['type']>().notNull(),
		/** Visitor messages after this one belong to the turn. */
		after_message_id: ref(),
		/** The newest visitor message of the turn. */
		message_id: ref(),
		tries: integer().notNull().default(1),
		started_at: at().notNull().defaultNow(),
		first_byte_at: at(),
		finished_at: at(),
		http_status: integer(),
		shape: text(),
		outcome: text(),
		detail: text(),
		retries: integer().notNull().default(0),
		execution_id: text(),
	},
	(table) => [
		// A chat session's turns, and the answer times of a period.
		index('ai_turns_session').on(table.chat_session_id, table.id),
	],
);
