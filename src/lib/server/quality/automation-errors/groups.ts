import { and, eq, isNotNull, isNull, sql, type SQL } from 'drizzle-orm';
import { z } from 'zod';
import { type ErrorGroup, errorListQuery } from '#lib/contract/automation-error.ts';
import type { Page } from '#lib/contract/common.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { afterCursor, toPage } from '#lib/server/core/db/keyset.ts';
import { error_groups } from '#lib/server/core/db/schema/index.ts';
import { inTransaction, record } from '#lib/server/core/db/transaction.ts';
import { parse } from '#lib/server/core/parse.ts';
import { requireTeam } from '#lib/server/core/permissions.ts';
import { audit } from '#lib/server/team/audit/unchecked.ts';
import { loadGroup, selectErrorGroups } from './present.ts';

const MAX_WORKFLOWS = 200;

/** Returns a page of the error groups that match the filter, last seen first. */
export async function listErrorGroups(
	ctx: Ctx,
	input: z.input<typeof errorListQuery>,
): Promise<Page<ErrorGroup>> {
	requireTeam(ctx, 'errors:read');
	const query = parse(errorListQuery, input);
	const found = await selectErrorGroups(ctx.db, where(query), query.limit + 1);
	return toPage(found, query.limit, (group) => group.last_seen_at);
}

function where({ resolved, workflow, cursor }: z.output<typeof errorListQuery>): SQL {
	const conditions = [sql`true`];
	if (resolved !== undefined) conditions.push(sql`(g.resolved_at is not null) = ${resolved}`);
	if (workflow !== undefined) conditions.push(sql`g.workflow = ${workflow}`);
	if (cursor !== undefined) {
		conditions.push(afterCursor(sql`g.last_seen_at`, sql`g.id`, cursor));
	}
	return sql.join(conditions, sql` and `);
}

/** Returns the names of the workflows that have failed, in alphabetical order, at most 200. */
export async function listWorkflows(ctx: Ctx): Promise<string[]> {
	requireTeam(ctx, 'errors:read');
	// A loose index scan: one step through error_groups_workflow per name.
	const { rows } = await ctx.db.execute(sql`
		with recursive step as (
			(select workflow, 1 as number from error_groups order by workflow limit 1)
			union all
			select (select g.workflow from error_groups g where g.workflow > step.workflow order by g.workflow limit 1),
				number + 1
			from step where step.workflow is not null and number < ${MAX_WORKFLOWS}
		)
		select workflow from step where workflow is not null`);
	return z
		.array(z.object({ workflow: z.string() }))
		.parse(rows)
		.map(({ workflow }) => workflow);
}

/** Returns an error group with its newest failure. Throws `not_found`. */
export async function getErrorGroup(ctx: Ctx, id: number): Promise<ErrorGroup> {
	requireTeam(ctx, 'errors:read');
	return loadGroup(ctx.db, id);
}

/** Resolves an error group, or reopens it; the next failure reopens it as well. Throws `not_found`. */
export async function resolveErrorGroup(
	ctx: Ctx,
	id: number,
	resolved: boolean,
): Promise<ErrorGroup> {
	requireTeam(ctx, 'errors:write');
	return inTransaction(ctx, async (tx) => {
		const isChanged = await setResolved(tx, id, resolved);
		const group = await loadGroup(tx.db, id);
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

/** Returns whether the state changed; if not, the first resolver stays. */
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
