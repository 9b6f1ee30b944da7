import { and, desc, eq, inArray, sql } from 'drizzle-orm';
import type { z } from 'zod';
import type { CannedReply } from '#lib/contract/canned-reply.ts';
import { pageQuery, type Page } from '#lib/contract/common.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { toPage } from '#lib/server/core/cursor.ts';
import { afterCursor } from '#lib/server/core/db/keyset.ts';
import { canned_replies, users } from '#lib/server/core/db/schema/index.ts';
import { parse } from '#lib/server/core/parse.ts';
import { requireTeam } from '#lib/server/core/permissions.ts';

export type CannedReplyRow = {
	reply: typeof canned_replies.$inferSelect;
	owner_name: string | null;
};

/** The owner's user id, or 0 for the team, as the index has it. */
export const OWNER = sql`coalesce(${canned_replies.user_id}, 0)`;

/** Returns a canned reply as the API and screens show it. */
export const presentCannedReply = ({ reply, owner_name }: CannedReplyRow): CannedReply => ({
	id: reply.id,
	title: reply.title,
	text: reply.text,
	owner: reply.user_id === null ? null : { id: reply.user_id, name: owner_name ?? '' },
	created_at: reply.created_at.toISOString(),
	updated_at: reply.updated_at.toISOString(),
});

/** Returns a page of the team's canned replies and the caller's own, newest first. */
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
		.where(and(inArray(OWNER, owners), cursor ? afterCursor(created_at, id, cursor) : undefined))
		.orderBy(desc(created_at), desc(id))
		.limit(limit + 1);
	return toPage(rows.map(presentCannedReply), limit, (reply) => reply.created_at);
}
