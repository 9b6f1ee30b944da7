import { eq } from 'drizzle-orm';
import { audit } from '../audit';
import { requireAdmin } from '../auth/permissions';
import type { Ctx } from '../context';
import { invitations } from '../db/schema';
import { inTransaction } from '../db/transaction';
import { notFound } from '../errors';

/** Ends an invitation and its link. For admins; throws NotFound. */
export async function cancelInvitation(ctx: Ctx, id: number): Promise<void> {
	requireAdmin(ctx);
	await inTransaction(ctx, async (tx) => {
		const [row] = await tx.db.delete(invitations).where(eq(invitations.id, id)).returning();
		if (!row) throw notFound('the invitation');
		const target = { type: 'invitation', id, name: row.email };
		await audit(tx, { action: 'user.invitation_cancelled', target });
	});
}
