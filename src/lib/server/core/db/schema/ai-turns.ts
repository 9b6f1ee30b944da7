import { sql } from 'drizzle-orm';
import { boolean, index, integer, jsonb, pgTable, text, uuid } from 'drizzle-orm/pg-core';
import type { ConnectorTrial } from '#lib/contract/connector.ts';
import type { TurnOutcome } from '#lib/contract/turn.ts';
import { chat_sessions } from './chat-sessions.ts';
import { at, id, ref } from './columns.ts';
import { sites, type ConnectorSettings } from './sites.ts';

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
		site_id: ref().references(() => sites.id),
		/** Of a chat session of channel `test`: in no list and in no figure of answers. */
		is_test: boolean().notNull().default(false),
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
		outcome: text().$type<TurnOutcome>(),
		detail: text(),
		retries: integer().notNull().default(0),
		execution_id: text(),
	},
	(table) => [
		// A chat session's turns, and the answer times of a period.
		index('ai_turns_session').on(table.chat_session_id, table.id),
		// The list of turns, of all sites and of one; the newest ones of a site tell how its AI is.
		index('ai_turns_list')
			.on(table.started_at, table.id)
			.where(sql`not ${table.is_test}`),
		index('ai_turns_site_list')
			.on(table.site_id, table.started_at, table.id)
			.where(sql`not ${table.is_test}`),
		// The list of those that failed.
		index('ai_turns_failed_list')
			.on(table.started_at, table.id)
			.where(sql`not ${table.is_test} and ${table.outcome} not in ('ok', 'dropped')`),
	],
);

/** What was seen on the wire in a turn of a test chat. */
export const turn_trials = pgTable('turn_trials', {
	turn_id: uuid()
		.primaryKey()
		.references(() => ai_turns.turn_id, { onDelete: 'cascade' }),
	trial: jsonb().$type<ConnectorTrial>().notNull(),
});
