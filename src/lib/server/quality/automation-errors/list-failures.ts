import { sql } from 'drizzle-orm';
import type { z } from 'zod';
import type { AutomationError } from '#lib/contract/automation-error.ts';
import { pageQuery, type Page } from '#lib/contract/common.ts';
import { requireTeam } from '#lib/server/core/permissions.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { decodeCursor, toPage } from '#lib/server/core/cursor.ts';
import { parse } from '#lib/server/core/parse.ts';
import { findGroup, selectErrors } from './present.ts';

/** The failures of a group, newest first, as keyset pages by their ids; throws NotFound for the group. */
export async function listFailures(
	ctx: Ctx,
	groupId: number,
	input: z.input<typeof pageQuery>,
): Promise<Page<AutomationError>> {
	requireTeam(ctx, 'errors:read');
	const { limit, cursor } = parse(pageQuery, input);
	await findGroup(ctx.db, groupId);
	const isNext = cursor ? sql`and a.id < ${decodeCursor(cursor).id}` : sql``;
	const found = await selectErrors(ctx.db, sql`a.group_id = ${groupId} ${isNext}`, limit + 1);
	return toPage(found, limit, (failure) => failure.created_at);
}
