import { eq } from 'drizzle-orm';
import type { MadeInvitation } from '#lib/contract/user.ts';
import { audit } from '../audit/unchecked.ts';
import { requireAccessManager } from '#lib/server/core/permissions.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { invitations } from '#lib/server/core/db/schema/index.ts';
import { inTransaction } from '#lib/server/core/db/transaction.ts';
import { notFound } from '#lib/server/core/errors.ts';
import { DAY_MS, INVITATION_DAYS, inviterOf, mailInvitation, createLinkToken } from './internal.ts';

/** Resends an invitation with a new seven-day link, which replaces the old one. Requires an access manager; throws NotFound. */
export async function resendInvitation(ctx: Ctx, id: number): Promise<MadeInvitation> {
	requireAccessManager(ctx);
	const { token, token_hash } = createLinkToken();
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
