import { sql } from 'drizzle-orm';
import { boolean, check, index, numeric, pgTable, text, uniqueIndex } from 'drizzle-orm/pg-core';
import type { Outcome } from '#lib/contract/outcome.ts';
import { chat_sessions } from './chat-sessions.ts';
import { at, createdAt, id, ref } from './columns.ts';

/** What became of leads: every outcome that was ever recorded, one of them current for each chat session. */
export const lead_outcomes = pgTable(
	'lead_outcomes',
	{
		id: id(),
		chat_session_id: ref()
			.notNull()
			.references(() => chat_sessions.id, { onDelete: 'cascade' }),
		stage: text().$type<Outcome['stage']>().notNull(),
		/** At most 15 digits, so that a JavaScript number holds it exactly. */
		value: numeric({ precision: 15, scale: 4, mode: 'number' }),
		/** ISO 4217; null exactly when there is no value. */
		currency: text(),
		reason: text(),
		/** When it happened, as whoever recorded it says. */
		occurred_at: at().notNull(),
		actor_type: text().$type<Outcome['by']['type']>().notNull(),
		actor_name: text().notNull(),
		is_current: boolean().notNull().default(true),
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
