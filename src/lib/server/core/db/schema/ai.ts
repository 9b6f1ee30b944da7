import { sql } from 'drizzle-orm';
import { check, index, pgTable, uniqueIndex } from 'drizzle-orm/pg-core';
import type { ChallengerEnd, ChallengerEndDetail } from '#lib/contract/challenger.ts';
import type { CallReport, TurnNote } from '#lib/contract/connector.ts';
import type { ConnectableWorkflow, N8nStep } from '#lib/contract/n8n.ts';
import type { Replay } from '#lib/contract/test-chat.ts';
import type { TurnOutcome } from '#lib/contract/turn.ts';
import { chat_sessions, sessionRef } from './chat-sessions.ts';
import { at, boolean, createdAt, id, integer, jsonb, ref, text, uuid } from './columns.ts';
import { type ConnectorSettings, siteRef } from './sites.ts';
import { users } from './users.ts';

/** Calls to the AI and their outcomes. */
export const ai_turns = pgTable(
	'ai_turns',
	{
		id: id(),
		/** Sent to the workflow, with the same value in every attempt of this turn. */
		turn_id: uuid().notNull().unique(),
		chat_session_id: sessionRef().notNull(),
		site_id: siteRef(),
		/** Whether the chat session is a test chat. Test turns are excluded from lists and statistics. */
		is_test: boolean().notNull().default(false),
		/** Whether the built-in AI answered in place of the site's AI. `connector` and `outcome` are those of the AI that was called first. */
		is_rescue: boolean().notNull().default(false),
		action: text().$type<'start' | 'message'>().notNull(),
		connector: text().$type<ConnectorSettings['type']>().notNull(),
		/** Visitor messages after this one belong to the turn. */
		after_message_id: ref(),
		/** The newest visitor message of the turn. */
		message_id: ref(),
		/** The number of times the turn was claimed: more than once if a process crashed or stopped. */
		tries: integer().notNull().default(1),
		started_at: at().notNull().defaultNow(),
		first_byte_at: at(),
		finished_at: at(),
		http_status: integer(),
		/** The detected response format, such as `json.output`. */
		shape: text(),
		outcome: text().$type<TurnOutcome>(),
		detail: text(),
		/** The number of times the request was retried. */
		retries: integer().notNull().default(0),
		execution_id: text(),
		/** The key of the question that the reply asks, as the AI reported it. */
		asked: text(),
		/** The version of the AI: as reported in its answer, else a digest of its settings. Null if no AI was called. */
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
		// Lists turns of all sites, and of one site. The second index also serves the state of a site's AI.
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

/** Call reports of the turns of test chats. */
export const turn_trials = pgTable('turn_trials', {
	turn_id: uuid()
		.primaryKey()
		.references(() => ai_turns.turn_id, { onDelete: 'cascade' }),
	trial: jsonb().$type<CallReport>().notNull(),
});

/** The request and response of each AI call, kept for the site's retention period. */
export const ai_traces = pgTable(
	'ai_traces',
	{
		turn_id: uuid()
			.primaryKey()
			.references(() => ai_turns.turn_id, { onDelete: 'cascade' }),
		site_id: ref().notNull(),
		/** The truncated bodies with secrets masked. Null if nothing was sent or received. */
		request: text(),
		response: text(),
		/** The full lengths in bytes. */
		request_bytes: integer().notNull().default(0),
		response_bytes: integer().notNull().default(0),
		content_type: text(),
		/** Milliseconds that the turn was queued because of the site's concurrency limit. */
		queued_ms: integer(),
		/** Milliseconds from the call to the first byte and to the end of the answer. */
		first_byte_ms: integer(),
		total_ms: integer(),
		created_at: createdAt(),
	},
	// Expired traces of a site.
	(table) => [index('ai_traces_expiry').on(table.site_id, table.created_at)],
);

/** The running processes that answer chats. They use this table to divide each site's limit; see `turn-shares.ts`. */
export const turn_processes = pgTable('turn_processes', {
	/** A new id is generated each time the process loses its share. */
	id: uuid().primaryKey(),
	/** The process's host and port. */
	address: text().notNull(),
	/** The ids of the other processes that this one takes into account. */
	known_ids: uuid().array().notNull(),
	/** The number of running turns beyond the process's share, by limit key (`getLimitKey`). */
	excess: jsonb().$type<Record<string, number>>().notNull(),
	seen_at: at().notNull(),
});

/** Alternative connectors, each tried on a share of its site's new visitors. The site's own connector is the champion. */
export const challengers = pgTable(
	'challengers',
	{
		id: id(),
		site_id: siteRef().notNull(),
		connector: jsonb().$type<ConnectorSettings>().notNull(),
		/** The percentage of new visitors who are assigned to the challenger. */
		share_percent: integer().notNull(),
		started_at: at().notNull(),
		/** Null while the trial runs. */
		ended_at: at(),
		ended_because: text().$type<ChallengerEnd>(),
		/** Details of the failures that made the guard end the trial. */
		ended_detail: jsonb().$type<ChallengerEndDetail>(),
		/** When the challenger's promotion was undone. */
		undone_at: at(),
	},
	(table) => [
		// At most one running trial per site. Also finds the challenger for a new chat.
		uniqueIndex('challengers_running')
			.on(table.site_id)
			.where(sql`${table.ended_at} is null`),
		// A site's trials, newest first.
		index('challengers_site').on(table.site_id, table.id),
		check('challengers_share_percent', sql`${table.share_percent} between 0 and 100`),
		check(
			'challengers_ended_because',
			sql`${table.ended_because} in ('stopped', 'replaced', 'promoted', 'failures', 'suite')`,
		),
		check('challengers_ended', sql`(${table.ended_at} is null) = (${table.ended_because} is null)`),
	],
);

/** Replaced champions. Chats that started with one keep it. */
export const retired_connectors = pgTable(
	'retired_connectors',
	{
		id: id(),
		site_id: siteRef().notNull(),
		connector: jsonb().$type<ConnectorSettings>().notNull(),
		/** The challenger whose promotion replaced this connector, or was undone to replace it. */
		challenger_id: ref().references(() => challengers.id, { onDelete: 'set null' }),
		retired_at: at().notNull(),
	},
	(table) => [
		// Finds the champion that a chat started with: the first one retired after its start.
		index('retired_connectors_site').on(table.site_id, table.retired_at),
		// Rows past their retention period.
		index('retired_connectors_old').on(table.retired_at),
	],
);

/** The resources that Frontdesk has created, or is about to create, in an n8n instance. An id is null until n8n has returned it. */
export interface N8nResources {
	/** Part of the name of every created resource, so that a later run can find it. */
	tag: string;
	/** The value of the auth header that the site's AI calls send, sealed. */
	sealed_header_value: string;
	/** The secret that signs leads, sealed. */
	sealed_lead_secret: string;
	/** The site's AI before the connection, restored on disconnect. */
	previous_connector: ConnectorSettings | null;
	api_key_id: number | null;
	endpoint_id: number | null;
	/** `hint` is the credential's name in the workflow files. */
	credentials: { hint: string; name: string; type: string; id: string | null }[];
	workflows: {
		workflow: ConnectableWorkflow;
		name: string;
		path: string | null;
		id: string | null;
	}[];
}

/** Connections of sites to n8n instances. */
export const n8n_connections = pgTable('n8n_connections', {
	id: id(),
	site_id: siteRef('cascade').notNull().unique(),
	/** n8n's address, without a trailing slash. */
	url: text().notNull(),
	/** The address at which n8n reaches Frontdesk. */
	frontdesk_url: text().notNull(),
	/** n8n's API key, stored only if the admin chooses to. */
	sealed_api_key: text(),
	made: jsonb().$type<N8nResources>().notNull(),
	steps: jsonb().$type<N8nStep[]>().notNull().default([]),
	status: text().$type<'running' | 'connected' | 'failed'>().notNull(),
	/** When the lease of the current run expires. */
	running_until: at(),
	created_at: createdAt(),
	updated_at: at().notNull().defaultNow(),
});

/** Replays: test chats that send a stored chat's visitor messages to the current AI. */
export const replays = pgTable(
	'replays',
	{
		id: id(),
		user_id: ref()
			.notNull()
			.references(() => users.id, { onDelete: 'cascade' }),
		source_id: ref().references(() => chat_sessions.id, { onDelete: 'set null' }),
		chat_session_id: sessionRef().notNull(),
		status: text().$type<Replay['status']>().notNull().default('running'),
		/** The visitor's messages, oldest first, at most 50. */
		messages: text().array().notNull(),
		sent_count: integer().notNull().default(0),
		created_at: createdAt(),
		finished_at: at(),
	},
	(table) => [
		// Finds the replay that runs in a test chat.
		uniqueIndex('replays_session').on(table.chat_session_id),
		// One running replay per user.
		uniqueIndex('replays_running')
			.on(table.user_id)
			.where(sql`${table.status} = 'running'`),
		// Lists the replays of a stored chat.
		index('replays_source').on(table.source_id),
		check('replays_status', sql`${table.status} in ('running', 'done', 'cancelled', 'failed')`),
	],
);
