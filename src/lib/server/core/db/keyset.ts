import { sql, type SQL, type SQLWrapper } from 'drizzle-orm';
import { decodeCursor } from '../cursor.ts';

/** The rows that a list, newest first by these two columns, has after a cursor; throws `invalid` for what is none. */
export function afterCursor(at: SQLWrapper, id: SQLWrapper, cursor: string): SQL {
	const last = decodeCursor(cursor);
	return sql`(${at}, ${id}) < (${last.at.toISOString()}::timestamptz, ${last.id}::bigint)`;
}
