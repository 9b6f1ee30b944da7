import { sql } from 'drizzle-orm';
import { invitationInput, type InvitationInput, type MadeInvitation } from '#lib/contract/user.ts';
import { audit } from '../audit/unchecked.ts';
import { requireAccessManager } from '#lib/server/core/permissions.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { invitations, users } from '#lib/server/core/db/schema/index.ts';
import { inTransaction } from '#lib/server/core/db/transaction.ts';
import { conflict } from '#lib/server/core/errors.ts';
import { parse } from '#lib/server/core/parse.ts';
import { DAY_MS, INVITATION_DAYS, inviterOf, mailInvitation, createLinkToken } from './internal.ts';

/**
 * Invites someone to the team with a one-time link that is valid for seven days. Requires an access manager; throws
 * Conflict if the email belongs to a user or has a pending invitation.
 */
export async function inviteUser(ctx: Ctx, input: InvitationInput): Promise<MadeInvitation> {
	requireAccessManager(ctx);
	const { email, role } = parse(invitationInput, input);
	const { token, token_hash } = createLinkToken();
	const now = ctx.app.clock();
	return inTransaction(ctx, async (tx) => {
		const [member] = await tx.db
			.select({ id: users.id })
			.from(users)
			.where(sql`lower(${users.email}) = ${email.toLowerCase()}`);
		if (member) throw conflict('a user with this email already exists');
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
		if (!row) throw conflict('this email already has an invitation: resend that one');
		const target = { type: 'invitation', id: row.id, name: email };
		await audit(tx, { action: 'user.invited', target, detail: { role } });
		return mailInvitation(tx, row, token);
	});
}
