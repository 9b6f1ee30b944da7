import { sql } from 'drizzle-orm';
import { index, pgTable, primaryKey, uniqueIndex } from 'drizzle-orm/pg-core';
import { chat_sessions } from './chat-sessions.ts';
import { at, boolean, id, integer, jsonb, numeric, ref, smallint, text } from './columns.ts';

/** The counts that a chat session adds to the statistics counters. */
export interface Contribution {
	site_id: number;
	/** The quarter hour in which the chat session started, ISO 8601. */
	bucket_at: string;
	source: string;
	campaign: string;
	/** Counter → count. */
	counts: Record<string, number>;
	/** Histogram → bin → count. */
	bins: Record<string, Record<string, number>>;
	/** Counts by key, such as a question or a reviewer. */
	keys: [kind: string, key: string, count: number][];
	/** The same counts and bins by version of the AI; omitted if no AI was called. */
	versions?: Record<string, Pick<Contribution, 'counts' | 'bins'>>;
	/** The value of the won lead, and the keys under which it is counted, in addition to its source. */
	won_value?: { value: number; currency: string; keys: [kind: string, key: string][] };
}

/** Chat sessions to recount. Writers only insert rows, so that they never wait for each other. */
export const statistics_due = pgTable('statistics_due', {
	id: id(),
	/** Not a foreign key, which would lock the chat session while a message is being stored. */
	chat_session_id: ref().notNull(),
});

/** The current contribution of each chat session. */
export const counted_sessions = pgTable(
	'counted_sessions',
	{
		id: id(),
		/** Null once the chat session's row is deleted. The contribution is then subtracted, unless `is_kept` is set. */
		chat_session_id: ref().references(() => chat_sessions.id, { onDelete: 'set null' }),
		bucket_at: at(),
		contribution: jsonb().$type<Contribution>(),
		/** Whether the chat session was erased but still counts. */
		is_kept: boolean().notNull().default(false),
	},
	(table) => [
		// One contribution per chat session.
		uniqueIndex('counted_sessions_session').on(table.chat_session_id),
		// Deleted chat sessions to subtract from the counters.
		index('counted_sessions_gone')
			.on(table.id)
			.where(sql`${table.chat_session_id} is null and not ${table.is_kept}`),
		// Used when one day is recounted.
		index('counted_sessions_day').on(table.bucket_at, table.id),
	],
);

const counter = () => integer().notNull().default(0);
const bins = () => integer().array().notNull().default([]);

const bucket = {
	/** 0 for all sites together. */
	site_id: ref().notNull(),
	/** The bucket's length in minutes: a quarter hour, an hour or a UTC day. */
	grain: smallint().notNull(),
	bucket_at: at().notNull(),
};

const counters = {
	sessions: counter(),
	ai_engaged: counter(),
	complete: counter(),
	abandoned: counter(),
	archived: counter(),
	leads: counter(),
	unchecked: counter(),
	passed: counter(),
	issue: counter(),
	fixed: counter(),
	/** Funnel steps. Each count includes the chats that reached a later step; `completed` requires contact details. */
	engaged: counter(),
	contact_given: counter(),
	completed: counter(),
	delivered: counter(),
	/** Messages of chat sessions that have ended. */
	messages: counter(),
	turns: counter(),
	failed_turns: counter(),
	fallback_turns: counter(),
	/** Handoffs requested, taken and missed. */
	handoffs: counter(),
	handoffs_taken: counter(),
	handoffs_missed: counter(),
	/** Leads by outcome. `qualified` includes won and lost leads. */
	qualified: counter(),
	disqualified: counter(),
	won: counter(),
	lost: counter(),
	/** Reported by widgets, for visitors with and without a chat session. */
	shown: counter(),
	opened: counter(),
};

const histograms = {
	first_byte_bins: bins(),
	answer_bins: bins(),
	complete_bins: bins(),
	handoff_bins: bins(),
};

/** Counters by time, with histograms (see `statistics/counters.ts`). The primary key supports queries for one site and period. */
export const statistics_times = pgTable(
	'statistics_times',
	{ ...bucket, ...counters, ...histograms },
	(table) => [primaryKey({ columns: [table.site_id, table.grain, table.bucket_at] })],
);

/** Counters by source and campaign. The primary key supports queries for one site and period. */
export const statistics_sources = pgTable(
	'statistics_sources',
	{ ...bucket, source: text().notNull(), campaign: text().notNull(), ...counters },
	(table) => [
		primaryKey({
			columns: [table.site_id, table.grain, table.bucket_at, table.source, table.campaign],
		}),
	],
);

/**
 * Counters by AI version, kept per site only, because version names are meaningful only within a site. Chats count
 * under their first version, turns under their own. The primary key supports queries for one site and period.
 */
export const statistics_versions = pgTable(
	'statistics_versions',
	{ ...bucket, version: text().notNull(), ...counters, ...histograms },
	(table) => [
		primaryKey({ columns: [table.site_id, table.grain, table.bucket_at, table.version] }),
	],
);

/** Counts by other keys, such as question, captured field, reviewer, review reason or greeting. The primary key supports queries for one site and period. */
export const statistics_keys = pgTable(
	'statistics_keys',
	{ ...bucket, kind: text().notNull(), key: text().notNull(), count: counter() },
	(table) => [
		primaryKey({
			columns: [table.site_id, table.grain, table.bucket_at, table.kind, table.key],
		}),
	],
);

/**
 * The value of won leads: in total (kind `total`), by source and campaign (kind `source`), and by greeting, captured field,
 * version and score band. The primary key supports queries for one site and period.
 */
export const statistics_values = pgTable(
	'statistics_values',
	{
		...bucket,
		kind: text().notNull(),
		key: text().notNull(),
		/** Empty except for the kind `source`. */
		campaign: text().notNull(),
		/** Amounts in different currencies are never added together. */
		currency: text().notNull(),
		value: numeric().notNull().default('0'),
	},
	(table) => [
		primaryKey({
			name: 'statistics_values_pk',
			columns: [
				table.site_id,
				table.grain,
				table.bucket_at,
				table.kind,
				table.key,
				table.campaign,
				table.currency,
			],
		}),
	],
);

const widget = {
	site_id: ref().notNull(),
	bucket_at: at().notNull(),
	source: text().notNull(),
	campaign: text().notNull(),
	shown: counter(),
	opened: counter(),
};

/** Widget events that aren't counted yet. Writers only insert rows. */
export const widget_events = pgTable('widget_events', { id: id(), ...widget });

/** Counted widget events, which are stored nowhere else. The primary key supports recounting one day. */
export const widget_counts = pgTable('widget_counts', widget, (table) => [
	primaryKey({ columns: [table.bucket_at, table.site_id, table.source, table.campaign] }),
]);
