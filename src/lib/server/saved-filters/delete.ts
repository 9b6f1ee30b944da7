import { and, eq } from 'drizzle-orm';
import { requirePerson } from '../auth/permissions';
import type { Ctx } from '../context';
import { saved_filters } from '../db/schema';
import { notFound } from '../errors';

/** Deletes one of the caller's filters; throws NotFound. */
export async function deleteSavedFilter(ctx: Ctx, id: number): Promise<void> {
	const user_id = requirePerson(ctx);
	const gone = await ctx.db
		.delete(saved_filters)
		.where(and(eq(saved_filters.id, id), eq(saved_filters.user_id, user_id)))
		.returning({ id: saved_filters.id });
	if (gone.length === 0) throw notFound('the filter');
}
