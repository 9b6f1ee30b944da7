import { sql } from 'drizzle-orm';
import { type AnyPgColumn, check, index, pgTable, uniqueIndex } from 'drizzle-orm/pg-core';
import type {
	AdditionalContact,
	CoreLeadField,
	LeadProvenance,
	Outcome,
} from '#lib/contract/lead.ts';
import { sessionRef } from './chat-sessions.ts';
import { at, boolean, createdAt, id, integer, jsonb, numeric, text } from './columns.ts';

type Texts = Record<CoreLeadField | 'additional_contacts', AnyPgColumn>;

const toSearchDocument = (table: Texts) =>
	sql`search_document(coalesce(${table.name}, '') || ' | ' || coalesce(${table.email}, '') || ' | ' || coalesce(${table.phone}, '') || ' | ' || coalesce(${table.company}, '') || ' | ' || jsonb_path_query_array(${table.additional_contacts}, '$[*].value')::text)`;

/** Leads: at most one per chat session, created with its first field. */
export const leads = pgTable(
	'leads',
	{
		id: id(),
		chat_session_id: sessionRef().notNull().unique(),
		name: text(),
		email: text(),
		phone: text(),
		company: text(),
		answers: jsonb().$type<Record<string, string>>().notNull().default({}),
		provenance: jsonb().$type<Record<string, LeadProvenance>>().notNull().default({}),
		/** Further email addresses and phone numbers of the visitor, oldest first. */
		additional_contacts: jsonb().$type<AdditionalContact[]>().notNull().default([]),
		score: integer().notNull().default(0),
		/** Incremented with every change of a value. Starts at 2 if the chat was completed before it had a lead. */
		version: integer().notNull().default(1),
		/** The follow-up deadline, set on completion, by which the team should contact the lead. */
		promise_due_at: at(),
		/** When the lead was first contacted, and by whom. */
		first_contact_at: at(),
		first_contact_by: text(),
		/** When the alert about the missed deadline was raised. */
		overdue_at: at(),
		created_at: createdAt(),
		updated_at: at().notNull().defaultNow(),
	},
	(table) => [
		// The leads list, newest first.
		index('leads_list').on(table.created_at, table.id),
		// The same person in several chats.
		index('leads_email').on(sql`lower(${table.email})`),
		index('leads_phone').on(table.phone),
		// The leads list by score.
		index('leads_score_list').on(table.score, table.id),
		// Leads that no one has contacted yet, the earliest deadline first.
		index('leads_promise')
			.on(table.promise_due_at, table.id)
			.where(sql`${table.promise_due_at} is not null and ${table.first_contact_at} is null`),
		// Contacted leads, newest first.
		index('leads_contacted')
			.on(table.created_at, table.id)
			.where(sql`${table.first_contact_at} is not null`)
			.concurrently(),
		// Leads without contact details, newest first.
		index('leads_without_contact')
			.on(table.created_at, table.id)
			.where(sql`(${table.email} is null and ${table.phone} is null)`)
			.concurrently(),
		// Follow-up deadlines that haven't raised an alert, earliest first.
		index('leads_promise_watch')
			.on(table.promise_due_at)
			.where(
				sql`${table.promise_due_at} is not null and ${table.first_contact_at} is null and ${table.overdue_at} is null`,
			),
		// Full-text search over leads.
		index('leads_document').using('gin', toSearchDocument(table)).concurrently(),
		// Finds a person's other leads by an additional contact.
		index('leads_additional_contacts')
			.using('gin', table.additional_contacts.op('jsonb_path_ops'))
			.where(sql`${table.additional_contacts} <> '[]'`)
			.concurrently(),
		check('leads_score', sql`${table.score} between 0 and 100`),
	],
);

/** The search document (`tsvector`) of a lead. Must match the expression of the index `leads_document`. */
export const leadDocument = toSearchDocument(leads);
/** Returns the search document of `leads` or an alias of it. */
export const createLeadDocument = toSearchDocument;

/** All recorded outcomes of leads, at most one of them current per chat session. */
export const lead_outcomes = pgTable(
	'lead_outcomes',
	{
		id: id(),
		chat_session_id: sessionRef().notNull(),
		stage: text().$type<Outcome['stage']>().notNull(),
		/** At most 15 digits, so that a JavaScript number holds it exactly. */
		value: numeric({ precision: 15, scale: 4, mode: 'number' }),
		/** ISO 4217; null if and only if there is no value. */
		currency: text(),
		reason: text(),
		/** When the outcome happened, as stated by whoever recorded it. */
		occurred_at: at().notNull(),
		actor_type: text().$type<Outcome['by']['type']>().notNull(),
		actor_name: text().notNull(),
		is_current: boolean().notNull().default(true),
		/** When the outcome was cleared, and by whom. Null for current and for replaced outcomes. */
		cleared_at: at(),
		cleared_by_type: text().$type<Outcome['by']['type']>(),
		cleared_by_name: text(),
		created_at: createdAt(),
	},
	(table) => [
		// One current outcome per chat session.
		uniqueIndex('lead_outcomes_current')
			.on(table.chat_session_id)
			.where(sql`${table.is_current}`),
		// The history of a chat session.
		index('lead_outcomes_session').on(table.chat_session_id, table.id),
		// The leads list by outcome.
		index('lead_outcomes_stage')
			.on(table.stage, table.chat_session_id)
			.where(sql`${table.is_current}`),
		check(
			'lead_outcomes_stage_known',
			sql`${table.stage} in ('qualified', 'disqualified', 'won', 'lost')`,
		),
		check('lead_outcomes_value', sql`(${table.value} is null) = (${table.currency} is null)`),
	],
);
