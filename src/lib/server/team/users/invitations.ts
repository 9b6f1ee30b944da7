import { and, desc, eq, gt, sql } from 'drizzle-orm';
import {
	acceptInvitationInput,
	type AcceptInvitationInput,
	type Invitation,
	invitationInput,
	type InvitationInput,
	type InvitationWithLink,
} from '#lib/contract/user.ts';
import {
	requireAccessManager,
	requireAdmin,
	requireRecentSignIn,
} from '#lib/server/core/permissions.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { invitations, users } from '#lib/server/core/db/schema/index.ts';
import { inTransaction } from '#lib/server/core/db/transaction.ts';
import { conflict, forbidden, notFound } from '#lib/server/core/errors.ts';
import { parse } from '#lib/server/core/parse.ts';
import { sha256 } from '#lib/server/core/secrets.ts';
import { audit } from '../audit/unchecked.ts';
import type { Browser, SignedIn } from '../auth/index.ts';
import {
	actAs,
	endAuthSession,
	hashPassword,
	presentUser,
	requireStrongPassword,
	startAuthSession,
} from '../auth/unchecked.ts';
import {
	createLinkToken,
	DAY_MS,
	INVITATION_DAYS,
	getInviterName,
	mailInvitation,
	presentInvitation,
} from './internal.ts';

/**
 * Invites someone to the team with a one-time link that is valid for seven days. Requires an access manager; throws
 * `conflict` if the email belongs to a user or has a pending invitation.
 */
export async function inviteUser(ctx: Ctx, input: InvitationInput): Promise<InvitationWithLink> {
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
				invited_by: getInviterName(ctx),
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

/** Returns the latest 200 pending invitations, including those with an expired link. Requires an admin. */
export async function listInvitations(ctx: Ctx): Promise<Invitation[]> {
	requireAdmin(ctx);
	const rows = await ctx.db.select().from(invitations).orderBy(desc(invitations.id)).limit(200);
	return rows.map(presentInvitation);
}

/** Resends an invitation with a new seven-day link, which replaces the old one. Requires an access manager; throws `not_found`. */
export async function resendInvitation(ctx: Ctx, id: number): Promise<InvitationWithLink> {
	requireAccessManager(ctx);
	const { token, token_hash } = createLinkToken();
	const expires_at = new Date(ctx.app.clock().getTime() + INVITATION_DAYS * DAY_MS);
	return inTransaction(ctx, async (tx) => {
		const [row] = await tx.db
			.update(invitations)
			.set({ token_hash, expires_at, invited_by: getInviterName(ctx) })
			.where(eq(invitations.id, id))
			.returning();
		if (!row) throw notFound('the invitation');
		const target = { type: 'invitation', id, name: row.email };
		await audit(tx, { action: 'user.invited', target, detail: { role: row.role, again: true } });
		return mailInvitation(tx, row, token);
	});
}

/** Cancels an invitation and revokes its link. Requires an admin; throws `not_found`. */
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

/** Returns the invitation of a link while it is valid. Public: the token authorizes the caller. */
export async function findInvitation(ctx: Ctx, token: string): Promise<Invitation | undefined> {
	const [row] = await ctx.db
		.select()
		.from(invitations)
		.where(
			and(eq(invitations.token_hash, sha256(token)), gt(invitations.expires_at, ctx.app.clock())),
		);
	return row && presentInvitation(row);
}

const NOT_VALID = 'This invitation is no longer valid. Ask an admin for a new one.';

/**
 * Creates the user of an invitation and signs them in. The link works once. Public; throws `forbidden` if the link is
 * unknown, used, canceled or older than seven days, `invalid` if the password is weak.
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
	requireStrongPassword(password, invitation.email);
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
		await audit(actAs(tx, user), { action: 'user.joined', detail: { role } });
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
