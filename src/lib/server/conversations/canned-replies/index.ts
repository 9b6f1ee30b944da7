import { eq, and, desc, inArray, sql } from 'drizzle-orm';
import type { z } from 'zod';
import {
	type CannedReply,
	cannedReplyInput,
	type CannedReplyInput,
	cannedReplyPatch,
	type CannedReplyPatch,
} from '#lib/contract/inbox.ts';
import { pageQuery, type Page } from '#lib/contract/common.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { afterCursor, toPage } from '#lib/server/core/db/keyset.ts';
import { canned_replies, users } from '#lib/server/core/db/schema/index.ts';
import { inTransaction } from '#lib/server/core/db/transaction.ts';
import { conflict, notFound } from '#lib/server/core/errors.ts';
import { parse } from '#lib/server/core/parse.ts';
import { requireAdmin, requirePerson, requireTeam } from '#lib/server/core/permissions.ts';
import { audit } from '#lib/server/team/audit/unchecked.ts';

const MAX_REPLIES = 500;

/**
 * Creates a personal canned reply or, for admins, one for the team. Throws `forbidden`, and `conflict` if the caller or
 * the team already has 500.
 */
export async function createCannedReply(ctx: Ctx, input: CannedReplyInput): Promise<CannedReply> {
	requireTeam(ctx, 'sessions:write');
	const { title, text, is_shared } = parse(cannedReplyInput, input);
	if (is_shared) requireAdmin(ctx);
	const user_id = is_shared ? null : requirePerson(ctx);
	return inTransaction(ctx, async (tx) => {
		const count = await tx.db.$count(canned_replies, eq(OWNER, user_id ?? 0));
		if (count >= MAX_REPLIES) throw conflict('there are 500 canned replies; delete one first');
		const now = ctx.app.clock();
		const [reply] = await tx.db
			.insert(canned_replies)
			.values({ user_id, title, text, created_at: now, updated_at: now })
			.returning();
		if (!reply) throw new Error('an inserted canned reply was not returned');
		const target = { type: 'canned_reply', id: reply.id, name: title };
		await audit(tx, { action: 'canned_reply.created', target });
		const owner_name = ctx.actor.type === 'user' ? ctx.actor.name : null;
		return presentCannedReply({ reply, owner_name });
	});
}

/** Updates one of the caller's own canned replies or, for admins, one of the team's. Throws `not_found` and `forbidden`. */
export async function updateCannedReply(
	ctx: Ctx,
	id: number,
	input: CannedReplyPatch,
): Promise<CannedReply> {
	requireTeam(ctx, 'sessions:write');
	const patch = parse(cannedReplyPatch, input);
	return inTransaction(ctx, async (tx) => {
		const { owner_name } = await lockEditable(tx, id);
		const [reply] = await tx.db
			.update(canned_replies)
			.set({ ...patch, updated_at: ctx.app.clock() })
			.where(eq(canned_replies.id, id))
			.returning();
		if (!reply) throw notFound('the canned reply');
		const target = { type: 'canned_reply', id, name: reply.title };
		await audit(tx, { action: 'canned_reply.updated', target });
		return presentCannedReply({ reply, owner_name });
	});
}

/** Deletes one of the caller's own canned replies or, for admins, one of the team's. Throws `not_found` and `forbidden`. */
export async function deleteCannedReply(ctx: Ctx, id: number): Promise<void> {
	requireTeam(ctx, 'sessions:write');
	await inTransaction(ctx, async (tx) => {
		const { reply } = await lockEditable(tx, id);
		await tx.db.delete(canned_replies).where(eq(canned_replies.id, id));
		const target = { type: 'canned_reply', id, name: reply.title };
		await audit(tx, { action: 'canned_reply.deleted', target });
	});
}

/**
 * Locks and returns a canned reply that the caller can edit. Throws `not_found`, also if it belongs to another user, and
 * `forbidden` for a team reply unless the caller is an admin.
 */
async function lockEditable(ctx: Ctx, id: number): Promise<CannedReplyRow> {
	const [row] = await ctx.db
		.select({ reply: canned_replies, owner_name: users.name })
		.from(canned_replies)
		.leftJoin(users, eq(users.id, canned_replies.user_id))
		.where(eq(canned_replies.id, id))
		.for('update', { of: canned_replies });
	const owner = row?.reply.user_id ?? null;
	const belongsToOther = owner !== null && !(ctx.actor.type === 'user' && ctx.actor.id === owner);
	if (!row || belongsToOther) throw notFound('the canned reply');
	if (owner === null) requireAdmin(ctx);
	return row;
}

type CannedReplyRow = {
	reply: typeof canned_replies.$inferSelect;
	owner_name: string | null;
};

/** The owner's user id, or 0 for the team; the same expression as in the index. */
const OWNER = sql`coalesce(${canned_replies.user_id}, 0)`;

/** Returns a canned reply in the contract's shape. */
const presentCannedReply = ({ reply, owner_name }: CannedReplyRow): CannedReply => ({
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
