import { sql } from 'drizzle-orm';
import { check, pgTable } from 'drizzle-orm/pg-core';
import type { GreetingBubble } from '#lib/contract/greeting.ts';
import type { GreetingVariant, Question } from '#lib/contract/site.ts';
import type { BusinessHours } from '#lib/contract/calendar.ts';
import type {
	CompletionNeeds,
	SetupStep,
	SiteAssistant,
	SiteConsent,
	SiteHandoff,
	SiteInvitation,
	SiteLook,
	SiteTranslations,
} from '#lib/contract/site-settings.ts';
import { at, boolean, createdAt, id, integer, jsonb, ref, text } from './columns.ts';

/** The AI that answers, and how to call it. Secrets are sealed (see `secrets.ts`). */
export type ConnectorSettings =
	| { type: 'scripted' }
	| { type: 'n8n'; url: string; auth_header: { name: string; sealed_value: string } | null }
	| {
			type: 'openai';
			base_url: string;
			model: string;
			/** Null when the API needs no key, as with local models. */
			sealed_api_key: string | null;
			system_prompt: string;
	  };

/** The webhook that judges chats. */
interface JudgeSettings {
	url: string;
	auth_header: { name: string; sealed_value: string } | null;
}

/** Sites: landing pages, or groups of them, each with its own widget, questions, AI and delivery. */
export const sites = pgTable(
	'sites',
	{
		id: id(),
		key: text().notNull().unique(),
		name: text().notNull(),
		look: jsonb().$type<SiteLook>().notNull(),
		/** A fixed greeting; null when the AI writes it. */
		greeting: text(),
		/** Greeting variants to compare, in place of `greeting`. Each visitor gets one of them. */
		greetings: jsonb().$type<GreetingVariant[]>().notNull().default([]),
		questions: jsonb().$type<Question[]>().notNull(),
		completion_phrases: text().array().notNull(),
		/** The details that a chat needs before the AI can complete it. */
		completion_needs: text().$type<CompletionNeeds>().notNull().default('nothing'),
		fallback_reply: text().notNull(),
		/** The exact origins that may embed the widget; empty for any. */
		allowed_origins: text().array().notNull().default([]),
		connector: jsonb().$type<ConnectorSettings>().notNull(),
		/** The maximum number of this site's concurrent turns. The actual limit adapts to the AI (`adaptive-limit.ts`). */
		max_concurrent_turns: integer().notNull().default(100),
		/** Minutes without a message after which a chat session counts as abandoned. */
		idle_minutes: integer().notNull().default(30),
		/** The text that the closed widget shows after a delay in place of the greeting; null for none. */
		invitation: jsonb().$type<SiteInvitation>(),
		/** The name and logo beside the AI's messages. */
		assistant: jsonb().$type<SiteAssistant>().notNull().default({ name: null, logo: null }),
		/** When the closed widget shows its greeting. */
		greeting_bubble: jsonb()
			.$type<GreetingBubble>()
			.notNull()
			.default({
				is_enabled: true,
				rules: [
					{
						key: 'all',
						pages: '*',
						trigger: { type: 'delay', seconds: 3 },
						text: null,
						translations: {},
					},
				],
			}),
		/** The site's texts in languages other than its own. */
		translations: jsonb().$type<SiteTranslations>().notNull().default({}),
		/** The text that tells visitors they're chatting with an AI; null for no disclosure. */
		ai_disclosure: text(),
		/** The text that visitors agree to before they send personal data; null when no consent is requested. */
		consent: jsonb().$type<SiteConsent>(),
		/** Whether the widget may store data in the browser before the visitor interacts with it. */
		has_storage_before_interaction: boolean().notNull().default(true),
		/** Days to keep a chat session after its last activity; null for no limit. */
		retention_days: integer(),
		/** Days that the AI's requests and responses are kept; 0 keeps none. */
		trace_days: integer().notNull().default(30),
		/** Days without activity after which a visitor token expires. */
		visitor_token_days: integer().notNull().default(90),
		/** Recipients of emails about failures and issues, in place of `DEVELOPER_EMAILS`. */
		developer_emails: text().array().notNull().default([]),
		/** The percentage of abandoned chats that enter the review queue. */
		review_sample_percent: integer().notNull().default(20),
		/** Automatic checks that an admin turned on or off. The others are on or off depending on their precision. */
		check_switches: jsonb().$type<Record<string, boolean>>().notNull().default({}),
		/** Hosts that the AI may link to, besides those of the site. */
		link_hosts: text().array().notNull().default([]),
		/** The webhook that judges finished chats; null for none. */
		judge: jsonb().$type<JudgeSettings>(),
		/** Hours from completion to a lead's follow-up deadline. */
		promise_hours: integer().notNull().default(24),
		/** Whether visitors may ask for a person, and how long they wait for one. */
		handoff: jsonb()
			.$type<SiteHandoff>()
			.notNull()
			.default({ visitor_may_ask: false, wait_seconds: 90 }),
		/** When the team is available to take over chats; null for always. */
		business_hours: jsonb().$type<BusinessHours>(),
		/** The country (ISO 3166) assumed for phone numbers without a country code; null to infer it from each visitor. */
		country: text(),
		/** The completed steps of the guided setup; null once it has ended. */
		setup_steps: text().array().$type<SetupStep[]>(),
		/** When the last alert about failing turns was queued, by any process. */
		ai_alerted_at: at(),
		/** When the AI was marked as down and the built-in one started to answer; null while it works. */
		ai_down_since: at(),
		/** When a process last checked whether a failing AI works again. */
		ai_probed_at: at(),
		/** When the site stopped accepting new chats; null while it is in use. */
		archived_at: at(),
		created_at: createdAt(),
	},
	(table) => [
		check(
			'sites_completion_needs',
			sql`${table.completion_needs} in ('nothing', 'contact', 'required_questions')`,
		),
		check('sites_idle_minutes', sql`${table.idle_minutes} between 1 and 43200`),
		check('sites_review_sample_percent', sql`${table.review_sample_percent} between 0 and 100`),
		check('sites_promise_hours', sql`${table.promise_hours} between 1 and 720`),
		check('sites_retention_days', sql`${table.retention_days} between 1 and 36500`),
		check('sites_trace_days', sql`${table.trace_days} between 0 and 365`),
		check('sites_visitor_token_days', sql`${table.visitor_token_days} between 1 and 3650`),
		check('sites_max_concurrent_turns', sql`${table.max_concurrent_turns} between 1 and 1000`),
	],
);

/** Returns a column that references the row's site. With `cascade`, deleting the site deletes the row. */
export const siteRef = (onDelete?: 'cascade') =>
	ref().references(() => sites.id, onDelete && { onDelete });
