import { sql } from 'drizzle-orm';
import { boolean, check, integer, jsonb, pgTable, text } from 'drizzle-orm/pg-core';
import type { GreetingVariant, Question } from '#lib/contract/site.ts';
import type { SiteConsent, SiteInvitation, SiteLook } from '#lib/contract/site-settings.ts';
import { at, createdAt, id } from './columns.ts';

/** Which AI answers, and how it is reached; secrets are sealed (see secrets.ts). */
export type ConnectorSettings =
	| { type: 'scripted' }
	| { type: 'n8n'; url: string; auth_header: { name: string; sealed_value: string } | null }
	| {
			type: 'openai';
			base_url: string;
			model: string;
			/** null: the API asks for none, as models on one's own machine. */
			sealed_api_key: string | null;
			system_prompt: string;
	  };

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
		/** What the widget offers after a while, before it is opened; null: nothing. */
		invitation: jsonb().$type<SiteInvitation>(),
		/** Tells visitors that an AI answers; null: nothing is said. */
		ai_disclosure: text(),
		/** What visitors agree to before they give personal data; null: nothing is asked. */
		consent: jsonb().$type<SiteConsent>(),
		/** Whether the widget may keep anything in the browser before the visitor has done something. */
		has_storage_before_interaction: boolean().notNull().default(true),
		/** Days after its last activity that a chat session is kept; null: for good. */
		retention_days: integer(),
		/** Days without activity after which a visitor's token no longer opens its chat. */
		visitor_token_days: integer().notNull().default(90),
		/** Who hears of review issues, beside DEVELOPER_EMAILS. */
		developer_emails: text().array().notNull().default([]),
		/** Of the chats that end without completion, how many in a hundred go to the review queue. */
		review_sample_percent: integer().notNull().default(20),
		/** Within so many hours of its completion a lead is promised to hear from a person. */
		promise_hours: integer().notNull().default(24),
		/** ISO 3166 code of the country whose national phone numbers visitors write; null: guessed by visitor. */
		country: text(),
		/** Since when the site takes no new chats; null: it is in use. */
		/** The last mail about a run of failed answers, from whichever process. */
		ai_alerted_at: at(),
		archived_at: at(),
		created_at: createdAt(),
	},
	(table) => [
		check('sites_idle_minutes', sql`${table.idle_minutes} between 1 and 43200`),
		check('sites_review_sample_percent', sql`${table.review_sample_percent} between 0 and 100`),
		check('sites_promise_hours', sql`${table.promise_hours} between 1 and 720`),
		check('sites_retention_days', sql`${table.retention_days} between 1 and 36500`),
		check('sites_visitor_token_days', sql`${table.visitor_token_days} between 1 and 3650`),
		check('sites_max_concurrent_turns', sql`${table.max_concurrent_turns} between 1 and 1000`),
	],
);
