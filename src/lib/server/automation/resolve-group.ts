import { eq, sql } from 'drizzle-orm';
import type { ErrorGroup } from '$lib/contract/automation-error';
import { requireTeam } from '../auth/permissions';
import type { Ctx } from '../context';
import { error_groups } from '../db/schema';
import { inTransaction } from '../db/transaction';
import { notFound } from '../errors';
import { selectErrorGroups } from './present';

/** Marks a group of failures as resolved, or open again; the next failure opens it by itself. Throws NotFound. */
export async function resolveErrorGroup(
	ctx: Ctx,
	id: number,
	resolved: boolean,
): Promise<ErrorGroup> {
	requireTeam(ctx, 'errors:write');
	const { actor, app } = ctx;
	return inTransaction(ctx, async (tx) => {
		await tx.db
			.update(error_groups)
			.set(
				resolved
					? {
							// Who resolved it first stays.
							resolved_at: sql`coalesce(${error_groups.resolved_at}, ${app.clock().toISOString()}::timestamptz)`,
							resolved_by_id: sql`coalesce(${error_groups.resolved_by_id}, ${actor.type === 'user' ? actor.id : null}::bigint)`,
						}
					: { resolved_at: null, resolved_by_id: null },
			)
			.where(eq(error_groups.id, id));
		const [group] = await selectErrorGroups(tx.db, sql`g.id = ${id}`, 1);
		if (!group) throw notFound(`error group ${id}`);
		return group;
	});
}
