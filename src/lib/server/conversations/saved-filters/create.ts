import { eq } from 'drizzle-orm';
import {
	savedFilterInput,
	type SavedFilter,
	type SavedFilterInput,
} from '#lib/contract/saved-filter.ts';
import { requirePerson } from '#lib/server/core/permissions.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { saved_filters, users } from '#lib/server/core/db/schema/index.ts';
import { inTransaction } from '#lib/server/core/db/transaction.ts';
import { conflict } from '#lib/server/core/errors.ts';
import { parse } from '#lib/server/core/parse.ts';
import { MOST_FILTERS, nameIsTaken, presentSavedFilter } from './internal.ts';

/** Keeps a filter of the inbox under a name; throws Conflict for a name that is taken, or beyond 50 filters. */
export async function createSavedFilter(ctx: Ctx, input: SavedFilterInput): Promise<SavedFilter> {
	const user_id = requirePerson(ctx);
	const { name, filter } = parse(savedFilterInput, input);
	return inTransaction(ctx, async (tx) => {
		// Under the user's lock, so that two at once do not both see the last free place.
		await tx.db
			.select({ id: users.id })
			.from(users)
			.where(eq(users.id, user_id))
			.for('no key update');
		const kept = await tx.db.$count(saved_filters, eq(saved_filters.user_id, user_id));
		if (kept >= MOST_FILTERS) throw conflict('you have 50 filters already; delete one first');
		const [row] = await tx.db
			.insert(saved_filters)
			.values({ user_id, name, filter, created_at: ctx.app.clock() })
			.onConflictDoNothing()
			.returning();
		if (!row) throw nameIsTaken(name);
		return presentSavedFilter(row);
	});
}
