import { sql, type SQL, type SQLWrapper } from 'drizzle-orm';
import { decodeCursor } from '../cursor.ts';

/** Returns the condition for the rows after a cursor in a list sorted by both columns, descending. Throws `invalid`. */
export function afterCursor(at: SQLWrapper, id: SQLWrapper, cursor: string): SQL {
	const last = decodeCursor(cursor);
	return sql`(${at}, ${id}) < (${last.at.toISOString()}::timestamptz, ${last.id}::bigint)`;
}
