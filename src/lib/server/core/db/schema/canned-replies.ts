import { sql } from 'drizzle-orm';
import { index, pgTable, text } from 'drizzle-orm/pg-core';
import { at, createdAt, id, ref } from './columns.ts';
import { users } from './users.ts';

/** Answers written once and used often. */
export const canned_replies = pgTable(
	'canned_replies',
	{
		id: id(),
		/** Whose own it is; null for those of the whole team. */
		user_id: ref().references(() => users.id, { onDelete: 'cascade' }),
		title: text().notNull(),
		text: text().notNull(),
		created_at: createdAt(),
		updated_at: at().notNull().defaultNow(),
	},
	(table) => [
		// What one user may use, newest first: their own and, as 0, those of the team.
		index('canned_replies_list').on(sql`coalesce(${table.user_id}, 0)`, table.created_at, table.id),
	],
);
