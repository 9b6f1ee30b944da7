import { and, eq } from 'drizzle-orm';
import { requirePerson } from '#lib/server/core/permissions.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { saved_filters } from '#lib/server/core/db/schema/index.ts';
import { notFound } from '#lib/server/core/errors.ts';

/** Deletes one of the caller's filters; throws NotFound. */
export async function deleteSavedFilter(ctx: Ctx, id: number): Promise<void> {
	const user_id = requirePerson(ctx);
	const gone = await ctx.db
		.delete(saved_filters)
		.where(and(eq(saved_filters.id, id), eq(saved_filters.user_id, user_id)))
		.returning({ id: saved_filters.id });
	if (gone.length === 0) throw notFound('the filter');
}
