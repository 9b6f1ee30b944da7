import { bigint, pgTable, primaryKey, text } from 'drizzle-orm/pg-core';
import { at } from './columns.ts';

/** Rows of n8n's chat memory that have been brought in (or looked at and left), so that each is taken once. */
export const memory_rows = pgTable(
	'memory_rows',
	{
		source: text().$type<'own' | 'other'>().notNull(),
		/** The row's id there. */
		row_id: bigint({ mode: 'number' }).notNull(),
		taken_at: at().notNull(),
	},
	(table) => [primaryKey({ columns: [table.source, table.row_id] })],
);

/** Up to which id everything of a source has been taken: rows before it need no remembering one by one. */
export const memory_marks = pgTable('memory_marks', {
	source: text().$type<'own' | 'other'>().primaryKey(),
	row_id: bigint({ mode: 'number' }).notNull(),
});
