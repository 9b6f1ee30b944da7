import { eq, sql } from 'drizzle-orm';
import { audit } from '#lib/server/team/audit/unchecked.ts';
import { requireTeam } from '#lib/server/core/permissions.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { chat_sessions } from '#lib/server/core/db/schema/index.ts';
import { inTransaction, record } from '#lib/server/core/db/transaction.ts';
import { unauthorized } from '#lib/server/core/errors.ts';
import { locateSession, type Located } from './locate.ts';
import { resolveSession } from './resolve.ts';

const DAY_MS = 24 * 3_600_000;

/** Whether the chat session has been idle for longer than its site lets a visitor come back. */
export const isPastReturn = (
	now: Date,
	{ last_activity_at, token_days }: Pick<Located, 'last_activity_at' | 'token_days'>,
	issued_at: Date | null = null,
): boolean => {
	const last_use = Math.max(last_activity_at.getTime(), issued_at?.getTime() ?? 0);
	return now.getTime() - last_use > token_days * DAY_MS;
};

/** A token that is older is replaced by a new one at its next use. */
const RENEW_MS = DAY_MS;

/**
 * Returns the chat session that a visitor's token opens, and the token to use from now on. The token lives on with the chat: it expires once neither has
 * been used for the site's `visitor_token_days`, and ends at once when it is revoked. Throws Unauthorized, and NotFound
 * for a chat session that was deleted.
 */
export async function requireVisitorToken(
	ctx: Ctx,
	session_id: string,
	token: string | undefined,
): Promise<Located & { token: string }> {
	const claim =
		token === undefined ? undefined : ctx.app.secrets.readVisitorToken(session_id, token);
	if (token === undefined || !claim)
		throw unauthorized('the token does not belong to this chat session');
	const located = await locateSession(ctx, session_id);
	if (claim.version !== located.token_version) throw unauthorized('the token was revoked');
	const now = ctx.app.clock();
	if (isPastReturn(now, located, claim.issued_at)) throw unauthorized('the token has expired');
	const isFresh = now.getTime() - (claim.issued_at?.getTime() ?? 0) < RENEW_MS;
	if (isFresh) return { ...located, token };
	const { version } = claim;
	return {
		...located,
		token: ctx.app.secrets.visitorToken(session_id, { version, issued_at: now }),
	};
}

/**
 * Revokes every token and resume link of a chat session and closes the sockets that they opened; whoever held one starts
 * a new chat. Throws NotFound.
 */
export async function signOutVisitor(ctx: Ctx, id: string): Promise<void> {
	requireTeam(ctx, 'sessions:write');
	const session = await resolveSession(ctx, id);
	await inTransaction(ctx, async (tx) => {
		await tx.db
			.update(chat_sessions)
			// Whoever knows the id with which the chat was started would be given a new token for it.
			.set({ token_version: sql`${chat_sessions.token_version} + 1`, client_session_id: null })
			.where(eq(chat_sessions.id, session.id));
		await audit(tx, { action: 'session.visitor_signed_out', chat_session_id: session.id });
		await record(tx, 'visitor.signed_out', { session_id: session.public_id });
	});
}
