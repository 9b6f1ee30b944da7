import { and, desc, eq, inArray } from 'drizzle-orm';
import type { z } from 'zod';
import type { CannedReply } from '#lib/contract/canned-reply.ts';
import { pageQuery, type Page } from '#lib/contract/common.ts';
import { requireTeam } from '#lib/server/core/permissions.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { toPage } from '#lib/server/core/cursor.ts';
import { afterCursor } from '#lib/server/core/db/keyset.ts';
import { canned_replies, users } from '#lib/server/core/db/schema/index.ts';
import { parse } from '#lib/server/core/parse.ts';
import { LIST_OWNER, presentCannedReply } from './internal.ts';

/** A page of the canned replies that the caller may use, newest first: the team's and their own. */
export async function listCannedReplies(
	ctx: Ctx,
	input: z.input<typeof pageQuery> = {},
): Promise<Page<CannedReply>> {
	requireTeam(ctx, 'sessions:read');
	const { limit, cursor } = parse(pageQuery, input);
	const { created_at, id } = canned_replies;
	const owners = ctx.actor.type === 'user' ? [0, ctx.actor.id] : [0];
	const rows = await ctx.db
		.select({ reply: canned_replies, owner_name: users.name })
		.from(canned_replies)
		.leftJoin(users, eq(users.id, canned_replies.user_id))
		.where(
			and(inArray(LIST_OWNER, owners), cursor ? afterCursor(created_at, id, cursor) : undefined),
		)
		.orderBy(desc(created_at), desc(id))
		.limit(limit + 1);
	return toPage(rows.map(presentCannedReply), limit, (reply) => reply.created_at);
}
