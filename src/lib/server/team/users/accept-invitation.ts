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

const ENDED = 'This invitation is not valid any more. Ask an admin for a new one.';

/**
 * Makes the user of an invitation and signs them in; the link works this once. Public; throws Forbidden for a link that
 * is unknown, used, cancelled or older than 7 days, Invalid for a weak password.
 */
export async function acceptInvitation(
	ctx: Ctx,
	input: AcceptInvitationInput,
	from: Browser,
): Promise<SignedIn> {
	const { token, name, password } = parse(acceptInvitationInput, input);
	// Before the costly hash, so that guessing tokens is cheap for the server.
	const invited = await findInvitation(ctx, token);
	if (!invited) throw forbidden(ENDED);
	requireGoodPassword(password, invited.email);
	const password_hash = await hashPassword(password);
	return inTransaction(ctx, async (tx) => {
		const { email, role } = await takeInvitation(tx, token);
		const [row] = await tx.db
			.insert(users)
			.values({ email, role, name, password_hash, created_at: ctx.app.clock() })
			.onConflictDoNothing()
			.returning();
		if (!row)
			throw conflict('This e-mail belongs to somebody of the team already: sign in instead.');
		const user = presentUser(row);
		await audit(actingAs(tx, user), { action: 'user.joined', detail: { role } });
		await endAuthSession(ctx.app.config, tx.db, from.cookie);
		const cookie = await startAuthSession(tx, user.id, from.user_agent);
		return { cookie, user };
	});
}

async function takeInvitation(tx: Ctx, token: string) {
	const [taken] = await tx.db
		.delete(invitations)
		.where(
			and(eq(invitations.token_hash, sha256(token)), gt(invitations.expires_at, tx.app.clock())),
		)
		.returning();
	if (!taken) throw forbidden(ENDED);
	return taken;
}
