import { eq, sql } from 'drizzle-orm';
import type { CannedReply } from '#lib/contract/canned-reply.ts';
import { requireAdmin } from '#lib/server/core/permissions.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { canned_replies, users } from '#lib/server/core/db/schema/index.ts';
import { notFound } from '#lib/server/core/errors.ts';

type Row = { reply: typeof canned_replies.$inferSelect; owner_name: string | null };

/** Whose list a canned reply stands in: a user's id, or 0 for the whole team; as the index has it. */
export const LIST_OWNER = sql`coalesce(${canned_replies.user_id}, 0)`;

export const presentCannedReply = ({ reply, owner_name }: Row): CannedReply => ({
	id: reply.id,
	title: reply.title,
	text: reply.text,
	owner: reply.user_id === null ? null : { id: reply.user_id, name: owner_name ?? '' },
	created_at: reply.created_at.toISOString(),
	updated_at: reply.updated_at.toISOString(),
});

/**
 * One that the caller may change, locked: their own, or as an admin the team's. Throws NotFound, which those of other
 * users are too; Forbidden.
 */
export async function lockChangeable(ctx: Ctx, id: number): Promise<Row> {
	const [row] = await ctx.db
		.select({ reply: canned_replies, owner_name: users.name })
		.from(canned_replies)
		.leftJoin(users, eq(users.id, canned_replies.user_id))
		.where(eq(canned_replies.id, id))
		.for('update', { of: canned_replies });
	const owner = row?.reply.user_id ?? null;
	const isOthers = owner !== null && !(ctx.actor.type === 'user' && ctx.actor.id === owner);
	if (!row || isOthers) throw notFound('the canned reply');
	if (owner === null) requireAdmin(ctx);
	return row;
}
