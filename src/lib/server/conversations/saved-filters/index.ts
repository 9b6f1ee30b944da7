import { and, eq, sql } from 'drizzle-orm';
import {
	type SavedFilter,
	savedFilterInput,
	type SavedFilterInput,
	savedFilterPatch,
	type SavedFilterPatch,
} from '#lib/contract/inbox.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { saved_filters, users } from '#lib/server/core/db/schema/index.ts';
import { inTransaction } from '#lib/server/core/db/transaction.ts';
import { AppError, conflict, notFound } from '#lib/server/core/errors.ts';
import { parse } from '#lib/server/core/parse.ts';
import { requirePerson } from '#lib/server/core/permissions.ts';

/** Saves an inbox filter for the caller. Throws `conflict` if the name is taken or the caller already has 50 filters. */
export async function createSavedFilter(ctx: Ctx, input: SavedFilterInput): Promise<SavedFilter> {
	const user_id = requirePerson(ctx);
	const { name, filter } = parse(savedFilterInput, input);
	return inTransaction(ctx, async (tx) => {
		await lockUser(tx, user_id);
		const count = await tx.db.$count(saved_filters, eq(saved_filters.user_id, user_id));
		if (count >= MAX_FILTERS) throw conflict('you already have 50 filters; delete one first');
		const [row] = await tx.db
			.insert(saved_filters)
			.values({ user_id, name, filter, created_at: ctx.app.clock() })
			.onConflictDoNothing()
			.returning();
		if (!row) throw createNameConflict(name);
		return presentSavedFilter(row);
	});
}

/** Changes the name or the filter of one of the caller's saved filters. Throws `not_found`, and `conflict` if the name is taken. */
export async function updateSavedFilter(
	ctx: Ctx,
	id: number,
	input: SavedFilterPatch,
): Promise<SavedFilter> {
	const user_id = requirePerson(ctx);
	const patch = parse(savedFilterPatch, input);
	return inTransaction(ctx, async (tx) => {
		await lockUser(tx, user_id);
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

/** Throws `conflict` if the name is taken. Checked up front, under the user's lock, because a violation of the unique index would abort the transaction. */
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
	if (other && other.id !== id) throw createNameConflict(name);
}

/** Deletes one of the caller's saved filters. Throws `not_found`. */
export async function deleteSavedFilter(ctx: Ctx, id: number): Promise<void> {
	const user_id = requirePerson(ctx);
	const deleted = await ctx.db
		.delete(saved_filters)
		.where(and(eq(saved_filters.id, id), eq(saved_filters.user_id, user_id)))
		.returning({ id: saved_filters.id });
	if (deleted.length === 0) throw notFound('the filter');
}

/** Locks the user's row to serialize changes to their filters, which enforces their maximum number and unique names. */
async function lockUser(tx: Ctx, userId: number): Promise<void> {
	await tx.db.select({ id: users.id }).from(users).where(eq(users.id, userId)).for('no key update');
}

const createNameConflict = (name: string) =>
	new AppError('conflict', `you already have a filter called “${name}”; choose another name`, {
		errors: [{ path: 'name', message: 'You already have a filter with this name.' }],
	});

const MAX_FILTERS = 50;

/** Returns a saved filter in the contract's shape. */
const presentSavedFilter = (row: typeof saved_filters.$inferSelect): SavedFilter => ({
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
