import { timestamp } from '$lib/contract/common';
import { AppError } from './errors';

/** A keyset position: the order column's value and the id of the last row of a page. */
export interface Position {
	at: Date;
	id: number;
}

export const encodeCursor = ({ at, id }: Position) =>
	Buffer.from(`${at.toISOString()} ${id}`).toString('base64url');

/** Throws `invalid` when the cursor was not made by `encodeCursor`. */
export function decodeCursor(cursor: string): Position {
	const [time = '', id = ''] = Buffer.from(cursor, 'base64url').toString('utf8').split(' ');
	if (!timestamp.safeParse(time).success || !/^\d{1,15}$/.test(id)) {
		throw new AppError('invalid', 'the cursor is not valid', {
			errors: [{ path: 'cursor', message: 'not a next_cursor of this list' }],
		});
	}
	return { at: new Date(time), id: Number(id) };
}
