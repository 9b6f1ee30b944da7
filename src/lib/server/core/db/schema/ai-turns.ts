import { sql } from 'drizzle-orm';
import { boolean, index, integer, jsonb, pgTable, text, uuid } from 'drizzle-orm/pg-core';
import type { CallReport } from '#lib/contract/connector.ts';
import type { TurnNote } from '#lib/contract/turn-note.ts';
import type { TurnOutcome } from '#lib/contract/turn.ts';
import { chat_sessions } from './chat-sessions.ts';
import { at, createdAt, id, ref } from './columns.ts';
import { sites, type ConnectorSettings } from './sites.ts';

/** Calls to the AI and their outcomes. */
export const ai_turns = pgTable(
	'ai_turns',
	{
		id: id(),
		/** Sent to the workflow; the same for every attempt of this turn. */
		turn_id: uuid().notNull().unique(),
		chat_session_id: ref()
			.notNull()
			.references(() => chat_sessions.id, { onDelete: 'cascade' }),
		site_id: ref().references(() => sites.id),
		/** Belongs to a chat session of channel `test`, and is left out of lists and figures. */
		is_test: boolean().notNull().default(false),
		/** The built-in AI answered in place of the site's. `connector` and `outcome` are those of the AI that was called first. */
		is_rescue: boolean().notNull().default(false),
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
		/** The key of the question that the reply asks, as the AI reported it. */
		asked: text(),
		/** Which version of the AI answered: as its answer reports it, else a digest of its settings. Null if no AI was called. */
		version: text(),
		/** The challenger that was called; null for the site's own AI, and in test chats. */
		challenger_id: ref(),
		/** A question from the visitor that the AI could not answer. */
		unanswered: text(),
		/** Keys and values of the answer that could not be used. */
		notes: jsonb().$type<TurnNote[]>().notNull().default([]),
	},
	(table) => [
		// A chat session's turns.
		index('ai_turns_session').on(table.chat_session_id, table.id),
		// The lists of turns, of all sites and of one; a site's newest turns show the state of its AI.
		index('ai_turns_list')
			.on(table.started_at, table.id)
			.where(sql`not ${table.is_test}`),
		index('ai_turns_site_list')
			.on(table.site_id, table.started_at, table.id)
			.where(sql`not ${table.is_test}`),
		// The list of failed turns.
		index('ai_turns_failed_list')
			.on(table.started_at, table.id)
			.where(sql`not ${table.is_test} and ${table.outcome} not in ('ok', 'dropped')`),
		// A challenger's newest turns, which decide whether it stays on trial.
		index('ai_turns_challenger')
			.on(table.challenger_id, table.id)
			.where(sql`${table.challenger_id} is not null`)
			.concurrently(),
	],
);

/** The requests and responses recorded in turns of test chats. */
export const turn_trials = pgTable('turn_trials', {
	turn_id: uuid()
		.primaryKey()
		.references(() => ai_turns.turn_id, { onDelete: 'cascade' }),
	trial: jsonb().$type<CallReport>().notNull(),
});

/** What a turn sent to its AI and got back, kept for as long as the site says. */
export const ai_traces = pgTable(
	'ai_traces',
	{
		turn_id: uuid()
			.primaryKey()
			.references(() => ai_turns.turn_id, { onDelete: 'cascade' }),
		site_id: ref().notNull(),
		/** The bodies with secrets masked, cut to what is kept. Null when nothing was sent or received. */
		request: text(),
		response: text(),
		/** The full lengths in bytes. */
		request_bytes: integer().notNull().default(0),
		response_bytes: integer().notNull().default(0),
		content_type: text(),
		/** Milliseconds that the turn waited for the site's limit. */
		queued_ms: integer(),
		/** Milliseconds from the call to the first byte and to the end of the answer. */
		first_byte_ms: integer(),
		total_ms: integer(),
		created_at: createdAt(),
	},
	// Expired traces of a site.
	(table) => [index('ai_traces_expiry').on(table.site_id, table.created_at)],
);
