import { sql } from 'drizzle-orm';
import { jsonb, pgTable, text, uniqueIndex } from 'drizzle-orm/pg-core';
import type { SavedFilter } from '#lib/contract/saved-filter.ts';
import { createdAt, id, ref } from './columns.ts';
import { users } from './users.ts';

/** Users' saved inbox filters. */
export const saved_filters = pgTable(
	'saved_filters',
	{
		id: id(),
		user_id: ref()
			.notNull()
			.references(() => users.id, { onDelete: 'cascade' }),
		name: text().notNull(),
		filter: jsonb().$type<SavedFilter['filter']>().notNull(),
		created_at: createdAt(),
	},
	(table) => [
		// A user's filters by name, which is unique.
		uniqueIndex('saved_filters_name').on(table.user_id, sql`lower(${table.name})`),
	],
);
