import { eq } from 'drizzle-orm';
import {
	cannedReplyInput,
	type CannedReply,
	type CannedReplyInput,
} from '#lib/contract/canned-reply.ts';
import { audit } from '#lib/server/team/audit/unchecked.ts';
import { requireAdmin, requirePerson, requireTeam } from '#lib/server/core/permissions.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { canned_replies } from '#lib/server/core/db/schema/index.ts';
import { inTransaction } from '#lib/server/core/db/transaction.ts';
import { conflict } from '#lib/server/core/errors.ts';
import { parse } from '#lib/server/core/parse.ts';
import { LIST_OWNER, presentCannedReply } from './internal.ts';

const MOST_REPLIES = 500;

/** Keeps an answer for oneself, or as an admin for the team; throws Forbidden, Conflict beyond 500 of a kind. */
export async function createCannedReply(ctx: Ctx, input: CannedReplyInput): Promise<CannedReply> {
	requireTeam(ctx, 'sessions:write');
	const { title, text, is_shared } = parse(cannedReplyInput, input);
	if (is_shared) requireAdmin(ctx);
	const user_id = is_shared ? null : requirePerson(ctx);
	return inTransaction(ctx, async (tx) => {
		const kept = await tx.db.$count(canned_replies, eq(LIST_OWNER, user_id ?? 0));
		if (kept >= MOST_REPLIES) throw conflict('there are 500 canned replies; delete one first');
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
