import { eq } from 'drizzle-orm';
import { audit } from '../audit';
import { requireTeam } from '../auth/permissions';
import type { Ctx } from '../context';
import { canned_replies } from '../db/schema';
import { inTransaction } from '../db/transaction';
import { lockChangeable } from './internal';

/** Deletes a canned reply: one's own, or as an admin the team's; throws NotFound, Forbidden. */
export async function deleteCannedReply(ctx: Ctx, id: number): Promise<void> {
	requireTeam(ctx, 'sessions:write');
	await inTransaction(ctx, async (tx) => {
		const { reply } = await lockChangeable(tx, id);
		await tx.db.delete(canned_replies).where(eq(canned_replies.id, id));
		const target = { type: 'canned_reply', id, name: reply.title };
		await audit(tx, { action: 'canned_reply.deleted', target });
	});
}
