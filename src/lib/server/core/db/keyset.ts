import { sql, type SQL, type SQLWrapper } from 'drizzle-orm';
import { type Page, timestamp } from '#lib/contract/common.ts';
import { AppError } from '../errors.ts';

/** Returns the condition for the rows after a cursor in a list sorted by both columns, descending. Throws `invalid`. */
export function afterCursor(at: SQLWrapper, id: SQLWrapper, cursor: string): SQL {
	const position = decodeCursor(cursor);
	return sql`(${at}, ${id}) < (${position.at.toISOString()}::timestamptz, ${position.id}::bigint)`;
}

/** A keyset position: the sort column's value and the id of a page's last row. */
interface CursorPosition {
	at: Date;
	id: number;
}

export const encodeCursor = ({ at, id }: CursorPosition) =>
	Buffer.from(`${at.toISOString()} ${id}`).toString('base64url');

/** Decodes a cursor. Throws `invalid` if it wasn't created by `encodeCursor`. */
export function decodeCursor(cursor: string): CursorPosition {
	const [time = '', id = ''] = Buffer.from(cursor, 'base64url').toString('utf8').split(' ');
	if (!timestamp.safeParse(time).success || !/^\d{1,15}$/.test(id))
		throw createInvalidCursorError();
	return { at: new Date(time), id: Number(id) };
}

export const createInvalidCursorError = () =>
	new AppError('invalid', 'the cursor is not valid', {
		errors: [{ path: 'cursor', message: 'not a `next_cursor` of this list' }],
	});

/** Returns the page of `rows`, which were read with a limit of `limit + 1`. `getTimestamp` returns the value that the list is sorted by. */
export function toPage<T extends { id: number }>(
	rows: T[],
	limit: number,
	getTimestamp: (item: T) => string,
): Page<T> {
	const items = rows.slice(0, limit);
	const lastItem = rows.length > limit ? items.at(-1) : undefined;
	return {
		items,
		next_cursor: lastItem
			? encodeCursor({ at: new Date(getTimestamp(lastItem)), id: lastItem.id })
			: null,
	};
}
