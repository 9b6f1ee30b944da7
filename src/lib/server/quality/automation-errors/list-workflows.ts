import { sql } from 'drizzle-orm';
import { z } from 'zod';
import { requireTeam } from '#lib/server/core/permissions.ts';
import type { Ctx } from '#lib/server/core/context.ts';

const MOST = 200;

/** The names of the workflows that have failed, at most 200. */
export async function listWorkflows(ctx: Ctx): Promise<string[]> {
	requireTeam(ctx, 'errors:read');
	// One step of error_groups_workflow for each name.
	const { rows } = await ctx.db.execute(sql`
		with recursive named as (
			(select workflow, 1 as number from error_groups order by workflow limit 1)
			union all
			select (select g.workflow from error_groups g where g.workflow > named.workflow order by g.workflow limit 1),
				number + 1
			from named where named.workflow is not null and number < ${MOST}
		)
		select workflow from named where workflow is not null`);
	return z
		.array(z.object({ workflow: z.string() }))
		.parse(rows)
		.map(({ workflow }) => workflow);
}
