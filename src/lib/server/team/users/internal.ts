import { randomBytes } from 'node:crypto';
import type { Invitation, InvitationWithLink } from '#lib/contract/user.ts';
import { asSystem, type Ctx } from '#lib/server/core/context.ts';
import type { invitations } from '#lib/server/core/db/schema/index.ts';
import { getMailState } from '#lib/server/delivery/mail/index.ts';
import { queueMail } from '#lib/server/delivery/mail/unchecked.ts';
import { sha256 } from '#lib/server/core/secrets.ts';

export const INVITATION_DAYS = 7;
export const DAY_MS = 86_400_000;

/** Creates a random token for a link, and the hash to store. */
export function createLinkToken(): { token: string; token_hash: string } {
	const token = randomBytes(32).toString('base64url');
	return { token, token_hash: sha256(token) };
}

export const presentInvitation = (row: typeof invitations.$inferSelect): Invitation => ({
	id: row.id,
	email: row.email,
	role: row.role,
	invited_by: row.invited_by,
	created_at: row.created_at.toISOString(),
	expires_at: row.expires_at.toISOString(),
});

/** Returns the name of the actor for an invitation. */
export const getInviterName = ({ actor }: Ctx): string =>
	actor.type === 'user' || actor.type === 'api_key' ? actor.name : 'Frontdesk';

/** Emails an invitation. Also returns the link if email is not configured. Requires a transaction. */
export async function mailInvitation(
	tx: Ctx,
	row: typeof invitations.$inferSelect,
	token: string,
): Promise<InvitationWithLink> {
	const link = `${tx.app.config.publicUrl}/invite/${token}`;
	await queueMail(tx, {
		template: 'invitation',
		data: { invited_by: row.invited_by, role: row.role, days: INVITATION_DAYS },
		to: row.email,
		dedupe_key: `invitation:${row.token_hash}`,
		one_time_link: link,
	});
	const { is_sending } = await getMailState(asSystem(tx));
	return { invitation: presentInvitation(row), link: is_sending ? null : link };
}
