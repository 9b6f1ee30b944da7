import { eq } from 'drizzle-orm';
import type { MadeInvitation } from '#lib/contract/user.ts';
import { audit } from '../audit/unchecked.ts';
import { requireAccessManager } from '#lib/server/core/permissions.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { invitations } from '#lib/server/core/db/schema/index.ts';
import { inTransaction } from '#lib/server/core/db/transaction.ts';
import { notFound } from '#lib/server/core/errors.ts';
import { DAY_MS, INVITATION_DAYS, inviterOf, mailInvitation, newLinkToken } from './internal.ts';

/** Sends an invitation again with a new link for 7 days; the old link ends. For admins, no API keys; throws NotFound. */
export async function resendInvitation(ctx: Ctx, id: number): Promise<MadeInvitation> {
	requireAccessManager(ctx);
	const { token, token_hash } = newLinkToken();
	const expires_at = new Date(ctx.app.clock().getTime() + INVITATION_DAYS * DAY_MS);
	return inTransaction(ctx, async (tx) => {
		const [row] = await tx.db
			.update(invitations)
			.set({ token_hash, expires_at, invited_by: inviterOf(ctx) })
			.where(eq(invitations.id, id))
			.returning();
		if (!row) throw notFound('the invitation');
		const target = { type: 'invitation', id, name: row.email };
		await audit(tx, { action: 'user.invited', target, detail: { role: row.role, again: true } });
		return mailInvitation(tx, row, token);
	});
}
