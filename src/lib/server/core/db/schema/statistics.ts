import { sql } from 'drizzle-orm';
import {
	boolean,
	index,
	integer,
	jsonb,
	pgTable,
	primaryKey,
	smallint,
	text,
	uniqueIndex,
} from 'drizzle-orm/pg-core';
import { chat_sessions } from './chat-sessions.ts';
import { at, id, ref } from './columns.ts';

/** What one chat session adds to the counters: its place in them, and how much of what. */
export interface Contribution {
	site_id: number;
	/** The quarter of an hour in which the chat session began, ISO 8601. */
	bucket_at: string;
	source: string;
	campaign: string;
	/** Counter → how many. */
	counts: Record<string, number>;
	/** Histogram → bin → how many. */
	bins: Record<string, Record<string, number>>;
	/** What is counted by a name (a question, a reviewer): kind, key, how many. */
	keys: [kind: string, key: string, count: number][];
}

/** Chat sessions whose counters may be out of date: rows are only added, so that nobody waits for another here. */
export const statistics_due = pgTable('statistics_due', {
	id: id(),
	/** No reference: it would lock the chat session that a message is being stored in. */
	chat_session_id: ref().notNull(),
});

/** As what each chat session has been counted. */
export const counted_sessions = pgTable(
	'counted_sessions',
	{
		id: id(),
		/** Null once the chat session is deleted, however that was done: then it is taken out of the counters, unless it is kept. */
		chat_session_id: ref().references(() => chat_sessions.id, { onDelete: 'set null' }),
		bucket_at: at(),
		contribution: jsonb().$type<Contribution>(),
		/** Its chat session was erased: who it was is forgotten, what it counts for stays. */
		is_kept: boolean().notNull().default(false),
	},
	(table) => [
		// One count a chat session.
		uniqueIndex('counted_sessions_session').on(table.chat_session_id),
		// Deleted chat sessions that are still in the counters.
		index('counted_sessions_gone')
			.on(table.id)
			.where(sql`${table.chat_session_id} is null and not ${table.is_kept}`),
		// Recount of one day.
		index('counted_sessions_day').on(table.bucket_at, table.id),
	],
);

const counter = () => integer().notNull().default(0);
const bins = () => integer().array().notNull().default([]);

const place = {
	/** 0: all sites together. */
	site_id: ref().notNull(),
	/** Minutes: a quarter of an hour, an hour or a day, in UTC. */
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
	/** Steps of the funnel, each within the one before. */
	engaged: counter(),
	contact_given: counter(),
	completed: counter(),
	delivered: counter(),
	/** Messages of the chat sessions that are over. */
	messages: counter(),
	turns: counter(),
	failed_turns: counter(),
	fallback_turns: counter(),
	/** Told by widgets, of visitors with and without a chat session. */
	shown: counter(),
	opened: counter(),
};

/** Counters by time, with histograms (see `statistics/counters.ts`). The primary key serves a site's period. */
export const statistics_times = pgTable(
	'statistics_times',
	{ ...place, ...counters, first_byte_bins: bins(), answer_bins: bins(), complete_bins: bins() },
	(table) => [primaryKey({ columns: [table.site_id, table.grain, table.bucket_at] })],
);

/** Counters by source and campaign. The primary key serves a site's period. */
export const statistics_sources = pgTable(
	'statistics_sources',
	{ ...place, source: text().notNull(), campaign: text().notNull(), ...counters },
	(table) => [
		primaryKey({
			columns: [table.site_id, table.grain, table.bucket_at, table.source, table.campaign],
		}),
	],
);

/** What is counted by a name: questions, fields, reviewers, reasons, greetings. The primary key serves a site's period. */
export const statistics_keys = pgTable(
	'statistics_keys',
	{ ...place, kind: text().notNull(), key: text().notNull(), count: counter() },
	(table) => [
		primaryKey({
			columns: [table.site_id, table.grain, table.bucket_at, table.kind, table.key],
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

/** What widgets have told and is not counted yet; rows are only added. */
export const widget_events = pgTable('widget_events', { id: id(), ...widget });

/** What widgets have told, counted: the only record of it. The primary key serves the recount of one day. */
export const widget_counts = pgTable('widget_counts', widget, (table) => [
	primaryKey({ columns: [table.bucket_at, table.site_id, table.source, table.campaign] }),
]);
