import { eq, sql } from 'drizzle-orm';
import type { SavedFilter } from '#lib/contract/saved-filter.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { saved_filters } from '#lib/server/core/db/schema/index.ts';
import { requirePerson } from '#lib/server/core/permissions.ts';

export const MAX_FILTERS = 50;

/** Returns a saved filter as the API and screens show it. */
export const presentSavedFilter = (row: typeof saved_filters.$inferSelect): SavedFilter => ({
	id: row.id,
	name: row.name,
	filter: row.filter,
	created_at: row.created_at.toISOString(),
});

/** Returns the caller's saved filters, sorted by name. */
export async function listSavedFilters(ctx: Ctx): Promise<SavedFilter[]> {
	const user_id = requirePerson(ctx);
	const rows = await ctx.db
		.select()
		.from(saved_filters)
		.where(eq(saved_filters.user_id, user_id))
		.orderBy(sql`lower(${saved_filters.name})`)
		.limit(MAX_FILTERS);
	return rows.map(presentSavedFilter);
}
