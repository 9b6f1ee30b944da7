import { sql } from 'drizzle-orm';
import { check, index, integer, jsonb, pgTable, text, type AnyPgColumn } from 'drizzle-orm/pg-core';
import type { CoreLeadField, LeadProvenance } from '#lib/contract/lead.ts';
import { chat_sessions } from './chat-sessions.ts';
import { at, createdAt, id, ref } from './columns.ts';

type Texts = Record<CoreLeadField, AnyPgColumn>;

const document = (table: Texts) =>
	sql`search_document(coalesce(${table.name}, '') || ' | ' || coalesce(${table.email}, '') || ' | ' || coalesce(${table.phone}, '') || ' | ' || coalesce(${table.company}, ''))`;

/** What is known of the visitor; one row per chat session, made with its first field. */
export const leads = pgTable(
	'leads',
	{
		id: id(),
		chat_session_id: ref()
			.notNull()
			.unique()
			.references(() => chat_sessions.id, { onDelete: 'cascade' }),
		name: text(),
		email: text(),
		phone: text(),
		company: text(),
		answers: jsonb().$type<Record<string, string>>().notNull().default({}),
		provenance: jsonb().$type<Record<string, LeadProvenance>>().notNull().default({}),
		score: integer().notNull().default(0),
		/** Until when a person has promised to be in touch; set by the completion. */
		promise_due_at: at(),
		/** When a person of the team was first in touch, and who. */
		first_contact_at: at(),
		first_contact_by: text(),
		/** When it was told that the promise was broken. */
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
		// Leads whose promise is open: the overdue ones, and their count.
		index('leads_promise')
			.on(table.promise_due_at, table.id)
			.where(sql`${table.promise_due_at} is not null and ${table.first_contact_at} is null`),
		// Promises that are not known to be broken, the next one due first.
		index('leads_promise_watch')
			.on(table.promise_due_at)
			.where(
				sql`${table.promise_due_at} is not null and ${table.first_contact_at} is null and ${table.overdue_at} is null`,
			),
		// Full-text search over leads.
		index('leads_terms').using('gin', document(table)),
		check('leads_score', sql`${table.score} between 0 and 100`),
	],
);

/** What full-text search over leads looks at, as the index has it. */
export const leadDocument = document(leads);
/** The same of the table under another name. */
export const leadDocumentOf = document;
