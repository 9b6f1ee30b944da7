import { eq, sql } from 'drizzle-orm';
import type { SavedFilter } from '#lib/contract/saved-filter.ts';
import { requirePerson } from '#lib/server/core/permissions.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { saved_filters } from '#lib/server/core/db/schema/index.ts';
import { MOST_FILTERS, presentSavedFilter } from './internal.ts';

/** The caller's own filters by name. */
export async function listSavedFilters(ctx: Ctx): Promise<SavedFilter[]> {
	const user_id = requirePerson(ctx);
	const rows = await ctx.db
		.select()
		.from(saved_filters)
		.where(eq(saved_filters.user_id, user_id))
		.orderBy(sql`lower(${saved_filters.name})`)
		.limit(MOST_FILTERS);
	return rows.map(presentSavedFilter);
}
