import { and, eq, sql } from 'drizzle-orm';
import {
	savedFilterPatch,
	type SavedFilter,
	type SavedFilterPatch,
} from '#lib/contract/saved-filter.ts';
import { requirePerson } from '#lib/server/core/permissions.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { saved_filters, users } from '#lib/server/core/db/schema/index.ts';
import { inTransaction } from '#lib/server/core/db/transaction.ts';
import { notFound } from '#lib/server/core/errors.ts';
import { parse } from '#lib/server/core/parse.ts';
import { nameIsTaken, presentSavedFilter } from './internal.ts';

/** Renames one of the caller's filters, or has it show something else; throws NotFound, Conflict for a name that is taken. */
export async function updateSavedFilter(
	ctx: Ctx,
	id: number,
	input: SavedFilterPatch,
): Promise<SavedFilter> {
	const user_id = requirePerson(ctx);
	const patch = parse(savedFilterPatch, input);
	return inTransaction(ctx, async (tx) => {
		await tx.db
			.select({ id: users.id })
			.from(users)
			.where(eq(users.id, user_id))
			.for('no key update');
		if (patch.name !== undefined) await requireFreeName(tx, { user_id, id, name: patch.name });
		const [row] = await tx.db
			.update(saved_filters)
			.set(patch)
			.where(and(eq(saved_filters.id, id), eq(saved_filters.user_id, user_id)))
			.returning();
		if (!row) throw notFound('the filter');
		return presentSavedFilter(row);
	});
}

/** Under the user's lock: asking first leaves the transaction whole, where the unique index would end it. */
async function requireFreeName(
	ctx: Ctx,
	{ user_id, id, name }: { user_id: number; id: number; name: string },
): Promise<void> {
	const [other] = await ctx.db
		.select({ id: saved_filters.id })
		.from(saved_filters)
		.where(
			and(eq(saved_filters.user_id, user_id), sql`lower(${saved_filters.name}) = lower(${name})`),
		);
	if (other && other.id !== id) throw nameIsTaken(name);
}
