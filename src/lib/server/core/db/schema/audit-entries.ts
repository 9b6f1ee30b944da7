import { sql } from 'drizzle-orm';
import { index, pgTable } from 'drizzle-orm/pg-core';
import type { AuditEntry } from '#lib/contract/audit-entry.ts';
import type { AuditAction } from '#lib/contract/events.ts';
import { chat_sessions } from './chat-sessions.ts';
import { createdAt, id, jsonb, ref, text } from './columns.ts';
import { api_keys, users } from './users.ts';

/** The audit log, with the names of actors and targets at the time. */
export const audit_entries = pgTable(
	'audit_entries',
	{
		id: id(),
		action: text().$type<AuditAction>().notNull(),
		actor_type: text().$type<AuditEntry['actor']['type']>().notNull(),
		user_id: ref().references(() => users.id, { onDelete: 'set null' }),
		/** The API key that acted, if any. The environment's `API_KEY` has no row. */
		api_key_id: ref().references(() => api_keys.id, { onDelete: 'set null' }),
		actor_name: text().notNull(),
		chat_session_id: ref().references(() => chat_sessions.id, { onDelete: 'set null' }),
		target_type: text(),
		target_id: text(),
		target_name: text(),
		detail: jsonb().$type<Record<string, unknown>>().notNull().default({}),
		created_at: createdAt(),
	},
	(table) => [
		// The activity of one chat session.
		index('audit_entries_session')
			.on(table.chat_session_id, table.id)
			.where(sql`${table.chat_session_id} is not null`),
		// The log of one user, newest first.
		index('audit_entries_user')
			.on(table.user_id, table.created_at, table.id)
			.where(sql`${table.user_id} is not null`),
		// The log of one action, newest first.
		index('audit_entries_action').on(table.action, table.created_at, table.id),
		// The whole log, newest first.
		index('audit_entries_list').on(table.created_at, table.id),
	],
);
