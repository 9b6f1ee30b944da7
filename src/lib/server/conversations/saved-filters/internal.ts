import type { SavedFilter } from '#lib/contract/saved-filter.ts';
import type { saved_filters } from '#lib/server/core/db/schema/index.ts';
import { AppError } from '#lib/server/core/errors.ts';

/** A user keeps at most this many. */
export const MOST_FILTERS = 50;

export const presentSavedFilter = (row: typeof saved_filters.$inferSelect): SavedFilter => ({
	id: row.id,
	name: row.name,
	filter: row.filter,
	created_at: row.created_at.toISOString(),
});

/** The refusal of a name that another filter of the same user has. */
export const nameIsTaken = (name: string) =>
	new AppError('conflict', `you have a filter called “${name}” already; choose another name`, {
		errors: [{ path: 'name', message: 'You have a filter of this name. Choose another one.' }],
	});
