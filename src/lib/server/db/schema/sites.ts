import { sql } from 'drizzle-orm';
import { check, integer, jsonb, pgTable, text } from 'drizzle-orm/pg-core';
import type { GreetingVariant, Question, WidgetConfig } from '$lib/contract/site';
import { createdAt, id } from './columns';

/** Which AI answers, and how it is reached; secrets are sealed (see secrets.ts). */
export type ConnectorSettings =
	| { type: 'scripted' }
	| { type: 'n8n'; url: string; auth_header: { name: string; sealed_value: string } | null };

/** How the site's widget looks. */
type SiteLook = Pick<WidgetConfig, 'header_text' | 'accent' | 'theme' | 'language' | 'launcher'>;

/** One landing page (or group) with its own widget, questions, AI and delivery. */
export const sites = pgTable(
	'sites',
	{
		id: id(),
		key: text().notNull().unique(),
		name: text().notNull(),
		look: jsonb().$type<SiteLook>().notNull(),
		/** A fixed greeting; null when the AI writes it. */
		greeting: text(),
		/** Greetings that are tried against each other, in place of the one: every visitor is given one of them. */
		greetings: jsonb().$type<GreetingVariant[]>().notNull().default([]),
		questions: jsonb().$type<Question[]>().notNull(),
		completion_phrases: text().array().notNull(),
		fallback_reply: text().notNull(),
		/** Exact origins that may embed the widget; empty: any. */
		allowed_origins: text().array().notNull().default([]),
		connector: jsonb().$type<ConnectorSettings>().notNull(),
		/** How many of this site's AI calls one process runs at a time. */
		max_concurrent_turns: integer().notNull().default(16),
		/** Minutes of silence after which a chat session counts as abandoned. */
		idle_minutes: integer().notNull().default(30),
		/** Who hears of review issues, beside DEVELOPER_EMAILS. */
		developer_emails: text().array().notNull().default([]),
		/** Of the chats that end without completion, how many in a hundred go to the review queue. */
		review_sample_percent: integer().notNull().default(20),
		/** Within so many hours of its completion a lead is promised to hear from a person. */
		promise_hours: integer().notNull().default(24),
		created_at: createdAt(),
	},
	(table) => [
		check('sites_idle_minutes', sql`${table.idle_minutes} between 1 and 43200`),
		check('sites_review_sample_percent', sql`${table.review_sample_percent} between 0 and 100`),
		check('sites_promise_hours', sql`${table.promise_hours} between 1 and 720`),
		check('sites_max_concurrent_turns', sql`${table.max_concurrent_turns} between 1 and 1000`),
	],
);
