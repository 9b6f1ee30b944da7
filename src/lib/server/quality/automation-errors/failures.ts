import { and, eq, sql } from 'drizzle-orm';
import type { z } from 'zod';
import type { AutomationError, AutomationErrorDetail } from '#lib/contract/automation-error.ts';
import { pageQuery, type Page } from '#lib/contract/common.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { decodeCursor, toPage } from '#lib/server/core/db/keyset.ts';
import { automation_errors } from '#lib/server/core/db/schema/index.ts';
import { notFound } from '#lib/server/core/errors.ts';
import { parse } from '#lib/server/core/parse.ts';
import { requireTeam } from '#lib/server/core/permissions.ts';
import { loadGroup, selectErrors } from './present.ts';

/** Returns a page of a group's failures, newest first. Throws `not_found` for an unknown group. */
export async function listFailures(
	ctx: Ctx,
	groupId: number,
	input: z.input<typeof pageQuery>,
): Promise<Page<AutomationError>> {
	requireTeam(ctx, 'errors:read');
	const { limit, cursor } = parse(pageQuery, input);
	await loadGroup(ctx.db, groupId);
	const isNext = cursor ? sql`and a.id < ${decodeCursor(cursor).id}` : sql``;
	const found = await selectErrors(ctx.db, sql`a.group_id = ${groupId} ${isNext}`, limit + 1);
	return toPage(found, limit, (failure) => failure.created_at);
}

/** Returns one failure of a group with its stack. Throws `not_found`. */
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
