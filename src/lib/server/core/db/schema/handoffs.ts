import { sql } from 'drizzle-orm';
import { check, index, pgTable, text, uniqueIndex } from 'drizzle-orm/pg-core';
import type { Handoff, HandoffOutcome } from '#lib/contract/handoff.ts';
import { chat_sessions } from './chat-sessions.ts';
import { at, id, ref } from './columns.ts';
import { sites } from './sites.ts';
import { users } from './users.ts';

/** Requests for a person to join a chat. */
export const handoffs = pgTable(
	'handoffs',
	{
		id: id(),
		chat_session_id: ref()
			.notNull()
			.references(() => chat_sessions.id, { onDelete: 'cascade' }),
		site_id: ref()
			.notNull()
			.references(() => sites.id),
		reason: text(),
		/** The visitor's last message when it was requested, or when it ended. */
		message_id: ref(),
		requested_by: text().$type<Handoff['requested_by']>().notNull(),
		requested_at: at().notNull(),
		deadline_at: at().notNull(),
		/** Null while the visitor is waiting. */
		outcome: text().$type<HandoffOutcome>(),
		ended_at: at(),
		/** The user who took it; null for a person outside of Frontdesk, who has only a name. */
		taken_by_id: ref().references(() => users.id, { onDelete: 'set null' }),
		taken_by: text(),
	},
	(table) => [
		// At most one open handoff per chat session.
		uniqueIndex('handoffs_open')
			.on(table.chat_session_id)
			.where(sql`${table.outcome} is null`),
		// Open handoffs past their deadline.
		index('handoffs_due')
			.on(table.deadline_at)
			.where(sql`${table.outcome} is null`),
		// The handoffs of a chat session.
		index('handoffs_session').on(table.chat_session_id, table.id),
		// Figures of a site and period.
		index('handoffs_site').on(table.site_id, table.requested_at),
		check('handoffs_outcome', sql`${table.outcome} in ('taken', 'missed', 'cancelled')`),
		check('handoffs_ended', sql`(${table.outcome} is null) = (${table.ended_at} is null)`),
	],
);
