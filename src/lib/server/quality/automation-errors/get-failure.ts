import { and, eq, sql } from 'drizzle-orm';
import type { AutomationErrorDetail } from '#lib/contract/automation-error.ts';
import { requireTeam } from '#lib/server/core/permissions.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { automation_errors } from '#lib/server/core/db/schema/index.ts';
import { notFound } from '#lib/server/core/errors.ts';
import { selectErrors } from './present.ts';

/** One failure of a group, with its stack; throws NotFound. */
export async function getFailure(
	ctx: Ctx,
	groupId: number,
	id: number,
): Promise<AutomationErrorDetail> {
	requireTeam(ctx, 'errors:read');
	const [failure] = await selectErrors(ctx.db, sql`a.id = ${id} and a.group_id = ${groupId}`, 1);
	const [row] = await ctx.db
		.select({ stack: automation_errors.stack })
		.from(automation_errors)
		.where(and(eq(automation_errors.id, id), eq(automation_errors.group_id, groupId)));
	if (!failure || !row) throw notFound(`failure ${id}`);
	return { ...failure, stack: row.stack };
}
