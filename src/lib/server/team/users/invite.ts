import { sql } from 'drizzle-orm';
import { invitationInput, type InvitationInput, type MadeInvitation } from '#lib/contract/user.ts';
import { audit } from '../audit/unchecked.ts';
import { requireAccessManager } from '#lib/server/core/permissions.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { invitations, users } from '#lib/server/core/db/schema/index.ts';
import { inTransaction } from '#lib/server/core/db/transaction.ts';
import { conflict } from '#lib/server/core/errors.ts';
import { parse } from '#lib/server/core/parse.ts';
import { DAY_MS, INVITATION_DAYS, inviterOf, mailInvitation, newLinkToken } from './internal.ts';

/**
 * Asks somebody to join the team, by a one-time link that lives 7 days. For admins, no API keys; throws Conflict for an e-mail that
 * belongs to the team or has an invitation already.
 */
export async function inviteUser(ctx: Ctx, input: InvitationInput): Promise<MadeInvitation> {
	requireAccessManager(ctx);
	const { email, role } = parse(invitationInput, input);
	const { token, token_hash } = newLinkToken();
	const now = ctx.app.clock();
	return inTransaction(ctx, async (tx) => {
		const [member] = await tx.db
			.select({ id: users.id })
			.from(users)
			.where(sql`lower(${users.email}) = ${email.toLowerCase()}`);
		if (member) throw conflict('this e-mail belongs to somebody of the team already');
		const [row] = await tx.db
			.insert(invitations)
			.values({
				email,
				role,
				token_hash,
				invited_by: inviterOf(ctx),
				created_at: now,
				expires_at: new Date(now.getTime() + INVITATION_DAYS * DAY_MS),
			})
			.onConflictDoNothing()
			.returning();
		if (!row) throw conflict('this e-mail has an invitation already: send that one again');
		const target = { type: 'invitation', id: row.id, name: email };
		await audit(tx, { action: 'user.invited', target, detail: { role } });
		return mailInvitation(tx, row, token);
	});
}
