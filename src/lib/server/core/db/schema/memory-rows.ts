import { bigint, pgTable, primaryKey, text } from 'drizzle-orm/pg-core';
import { at } from './columns.ts';

/** Rows of n8n's chat memory that have been imported or skipped, so that each is processed once. */
export const memory_rows = pgTable(
	'memory_rows',
	{
		source: text().$type<'own' | 'other'>().notNull(),
		/** The row's id in n8n's table. */
		row_id: bigint({ mode: 'number' }).notNull(),
		taken_at: at().notNull(),
	},
	(table) => [primaryKey({ columns: [table.source, table.row_id] })],
);

/** The id up to which all rows of a source have been processed, so that they need not be stored one by one. */
export const memory_marks = pgTable('memory_marks', {
	source: text().$type<'own' | 'other'>().primaryKey(),
	row_id: bigint({ mode: 'number' }).notNull(),
});
