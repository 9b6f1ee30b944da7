import { sql } from 'drizzle-orm';
import { index, pgTable, text } from 'drizzle-orm/pg-core';
import { at, createdAt, id, ref } from './columns.ts';
import { users } from './users.ts';

/** Prepared answers that agents insert. */
export const canned_replies = pgTable(
	'canned_replies',
	{
		id: id(),
		/** The owner; null when shared with the team. */
		user_id: ref().references(() => users.id, { onDelete: 'cascade' }),
		title: text().notNull(),
		text: text().notNull(),
		created_at: createdAt(),
		updated_at: at().notNull().defaultNow(),
	},
	(table) => [
		// The replies that a user can use, newest first: their own and, under 0, the team's.
		index('canned_replies_list').on(sql`coalesce(${table.user_id}, 0)`, table.created_at, table.id),
	],
);
