import { sql } from 'drizzle-orm';
import { boolean, index, integer, pgTable, text, uuid } from 'drizzle-orm/pg-core';
import type { Severity } from '#lib/contract/automation-error.ts';
import { chat_sessions } from './chat-sessions.ts';
import { at, createdAt, id, ref } from './columns.ts';
import { users } from './users.ts';

/** Errors grouped by workflow, node and cause. */
export const error_groups = pgTable(
	'error_groups',
	{
		id: id(),
		/** SHA-256 of workflow, node and the message without its variable parts. */
		fingerprint: text().notNull().unique(),
		workflow: text().notNull(),
		node: text(),
		message: text().notNull(),
		severity: text().$type<Severity>().notNull(),
		count: integer().notNull().default(0),
		first_seen_at: at().notNull(),
		last_seen_at: at().notNull(),
		resolved_at: at(),
		resolved_by_id: ref().references(() => users.id, { onDelete: 'set null' }),
		/** New or reopened, with the alert mail still to be queued. */
		is_alert_owed: boolean().notNull().default(false),
		/** When the last alert mail was queued, by any process. */
		alerted_at: at(),
	},
	(table) => [
		// The list of groups, last seen first.
		index('error_groups_list').on(table.last_seen_at, table.id),
		// The lists of open groups, and of one workflow; the workflows by name.
		index('error_groups_open')
			.on(table.last_seen_at, table.id)
			.where(sql`${table.resolved_at} is null`),
		index('error_groups_workflow').on(table.workflow, table.last_seen_at, table.id),
	],
);

/** Errors that workflows reported, or that occurred while calling them. */
export const automation_errors = pgTable(
	'automation_errors',
	{
		id: id(),
		group_id: ref()
			.notNull()
			.references(() => error_groups.id, { onDelete: 'cascade' }),
		chat_session_id: ref().references(() => chat_sessions.id, { onDelete: 'set null' }),
		/** The failed turn, by which n8n's own report and ours are stored as one error. */
		turn_id: uuid(),
		/** n8n reported it for a run started by a webhook, which may be a turn of ours. */
		is_webhook_run: boolean().notNull().default(false),
		workflow: text().notNull(),
		node: text(),
		message: text().notNull(),
		stack: text(),
		severity: text().$type<Severity>().notNull(),
		execution_id: text(),
		execution_url: text(),
		created_at: createdAt(),
	},
	(table) => [
		// The errors of a group, newest first.
		index('automation_errors_group').on(table.group_id, table.id),
		// The errors of a chat session.
		index('automation_errors_session').on(table.chat_session_id),
	],
);
