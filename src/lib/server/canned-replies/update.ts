import { eq } from 'drizzle-orm';
import {
	cannedReplyPatch,
	type CannedReply,
	type CannedReplyPatch,
} from '$lib/contract/canned-reply';
import { audit } from '../audit';
import { requireTeam } from '../auth/permissions';
import type { Ctx } from '../context';
import { canned_replies } from '../db/schema';
import { inTransaction } from '../db/transaction';
import { notFound } from '../errors';
import { parse } from '../parse';
import { lockChangeable, presentCannedReply } from './internal';

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
