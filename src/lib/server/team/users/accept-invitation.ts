import { and, eq, gt } from 'drizzle-orm';
import { acceptInvitationInput, type AcceptInvitationInput } from '#lib/contract/user.ts';
import { audit } from '../audit/unchecked.ts';
import type { Browser, SignedIn } from '../auth/index.ts';
import {
	actingAs,
	endAuthSession,
	hashPassword,
	presentUser,
	requireGoodPassword,
	startAuthSession,
} from '../auth/unchecked.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { invitations, users } from '#lib/server/core/db/schema/index.ts';
import { inTransaction } from '#lib/server/core/db/transaction.ts';
import { conflict, forbidden } from '#lib/server/core/errors.ts';
import { parse } from '#lib/server/core/parse.ts';
import { sha256 } from '#lib/server/core/secrets.ts';
import { findInvitation } from './find-invitation.ts';

const NOT_VALID = 'This invitation is no longer valid. Ask an admin for a new one.';

/**
 * Creates the user of an invitation and signs them in. The link works once. Public; throws Forbidden if the link is
 * unknown, used, canceled or older than seven days, Invalid if the password is weak.
 */
export async function acceptInvitation(
	ctx: Ctx,
	input: AcceptInvitationInput,
	from: Browser,
): Promise<SignedIn> {
	const { token, name, password } = parse(acceptInvitationInput, input);
	// Checked before the expensive hash, so that guessing tokens costs the server little.
	const invitation = await findInvitation(ctx, token);
	if (!invitation) throw forbidden(NOT_VALID);
	requireGoodPassword(password, invitation.email);
	const password_hash = await hashPassword(password);
	return inTransaction(ctx, async (tx) => {
		const { email, role } = await consumeInvitation(tx, token);
		const [row] = await tx.db
			.insert(users)
			.values({ email, role, name, password_hash, created_at: ctx.app.clock() })
			.onConflictDoNothing()
			.returning();
		if (!row) throw conflict('A user with this email already exists. Sign in instead.');
		const user = presentUser(row);
		await audit(actingAs(tx, user), { action: 'user.joined', detail: { role } });
		await endAuthSession(ctx.app.config, tx.db, from.cookie);
		const cookie = await startAuthSession(tx, user.id, from.user_agent);
		return { cookie, user };
	});
}

async function consumeInvitation(tx: Ctx, token: string) {
	const [row] = await tx.db
		.delete(invitations)
		.where(
			and(eq(invitations.token_hash, sha256(token)), gt(invitations.expires_at, tx.app.clock())),
		)
		.returning();
	if (!row) throw forbidden(NOT_VALID);
	return row;
}
