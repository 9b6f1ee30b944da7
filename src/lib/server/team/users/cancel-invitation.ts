import { eq } from 'drizzle-orm';
import { audit } from '../audit/unchecked.ts';
import { requireAdmin, requireRecentSignIn } from '#lib/server/core/permissions.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { invitations } from '#lib/server/core/db/schema/index.ts';
import { inTransaction } from '#lib/server/core/db/transaction.ts';
import { notFound } from '#lib/server/core/errors.ts';

/** Cancels an invitation and revokes its link. Requires an admin; throws NotFound. */
export async function cancelInvitation(ctx: Ctx, id: number): Promise<void> {
	requireAdmin(ctx);
	requireRecentSignIn(ctx);
	await inTransaction(ctx, async (tx) => {
		const [row] = await tx.db.delete(invitations).where(eq(invitations.id, id)).returning();
		if (!row) throw notFound('the invitation');
		const target = { type: 'invitation', id, name: row.email };
		await audit(tx, { action: 'user.invitation_cancelled', target });
	});
}
