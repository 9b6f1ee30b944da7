import { sql, type SQL } from 'drizzle-orm';
import type { z } from 'zod';
import { type ErrorGroup, errorListQuery } from '#lib/contract/automation-error.ts';
import type { Page } from '#lib/contract/common.ts';
import { requireTeam } from '#lib/server/core/permissions.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { toPage } from '#lib/server/core/cursor.ts';
import { afterCursor } from '#lib/server/core/db/keyset.ts';
import { parse } from '#lib/server/core/parse.ts';
import { selectErrorGroups } from './present.ts';

/** Groups of failures that match the filter, last seen first, as keyset pages. */
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
