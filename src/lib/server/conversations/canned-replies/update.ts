import { eq } from 'drizzle-orm';
import {
	cannedReplyPatch,
	type CannedReply,
	type CannedReplyPatch,
} from '#lib/contract/canned-reply.ts';
import { audit } from '#lib/server/team/audit/unchecked.ts';
import { requireTeam } from '#lib/server/core/permissions.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { canned_replies } from '#lib/server/core/db/schema/index.ts';
import { inTransaction } from '#lib/server/core/db/transaction.ts';
import { notFound } from '#lib/server/core/errors.ts';
import { parse } from '#lib/server/core/parse.ts';
import { lockChangeable, presentCannedReply } from './internal.ts';

/** Changes a canned reply: one's own, or as an admin the team's; throws NotFound, Forbidden. */
export async function updateCannedReply(
	ctx: Ctx,
	id: number,
	input: CannedReplyPatch,
): Promise<CannedReply> {
	requireTeam(ctx, 'sessions:write');
	const patch = parse(cannedReplyPatch, input);
	return inTransaction(ctx, async (tx) => {
		const { owner_name } = await lockChangeable(tx, id);
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
