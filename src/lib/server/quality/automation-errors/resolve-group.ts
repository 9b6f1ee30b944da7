import { and, eq, isNotNull, isNull } from 'drizzle-orm';
import type { ErrorGroup } from '#lib/contract/automation-error.ts';
import { audit } from '#lib/server/team/audit/unchecked.ts';
import { requireTeam } from '#lib/server/core/permissions.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { error_groups } from '#lib/server/core/db/schema/index.ts';
import { inTransaction, record } from '#lib/server/core/db/transaction.ts';
import { findGroup } from './present.ts';

/** Marks a group of failures as resolved, or open again; the next failure opens it by itself. Throws NotFound. */
export async function resolveErrorGroup(
	ctx: Ctx,
	id: number,
	resolved: boolean,
): Promise<ErrorGroup> {
	requireTeam(ctx, 'errors:write');
	return inTransaction(ctx, async (tx) => {
		const isChanged = await setResolved(tx, id, resolved);
		const group = await findGroup(tx.db, id);
		if (!isChanged) return group;
		const action = resolved ? 'error.resolved' : 'error.reopened';
		const target = {
			type: 'error_group',
			id,
			name: `${group.workflow}: ${group.message}`.slice(0, 200),
		};
		await audit(tx, { action, target });
		await record(tx, action, { group });
		return group;
	});
}

/** Says whether it was otherwise before: who resolved it first stays. */
async function setResolved({ actor, app, db }: Ctx, id: number, resolved: boolean) {
	const { resolved_at } = error_groups;
	const changed = await db
		.update(error_groups)
		.set({
			resolved_at: resolved ? app.clock() : null,
			resolved_by_id: resolved && actor.type === 'user' ? actor.id : null,
		})
		.where(and(eq(error_groups.id, id), resolved ? isNull(resolved_at) : isNotNull(resolved_at)))
		.returning({ id: error_groups.id });
	return changed.length > 0;
}
