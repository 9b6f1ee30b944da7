import { eq } from 'drizzle-orm';
import { audit } from '#lib/server/team/audit/unchecked.ts';
import { requireTeam } from '#lib/server/core/permissions.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { canned_replies } from '#lib/server/core/db/schema/index.ts';
import { inTransaction } from '#lib/server/core/db/transaction.ts';
import { lockChangeable } from './internal.ts';

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
