import { eq, sql } from 'drizzle-orm';
import { z } from 'zod';
import type { ResumeLink } from '#lib/contract/session.ts';
import type { Core, Ctx } from '#lib/server/core/context.ts';
import { BatchReader } from '#lib/server/core/db/batch-reader.ts';
import type { Db } from '#lib/server/core/db/client.ts';
import {
	executePrepared,
	hideLength,
	inTransaction,
	record,
} from '#lib/server/core/db/transaction.ts';
import { chat_sessions } from '#lib/server/core/db/schema/index.ts';
import { conflict, notFound, unauthorized } from '#lib/server/core/errors.ts';
import { requireTeam } from '#lib/server/core/permissions.ts';
import { getSite } from '#lib/server/sites/unchecked.ts';
import { audit } from '#lib/server/team/audit/unchecked.ts';
import { findSession, resolveSession } from './get.ts';

const DAY_MS = 24 * 3_600_000;
/** Tokens older than this are renewed on their next use. */
const RENEW_AFTER_MS = DAY_MS;

/** A chat session's row id and site, and the data for validating its visitor's tokens. */
interface SessionLocation {
	id: number;
	site_id: number;
	token_version: number;
	last_activity_at: Date;
	/** The site's `visitor_token_days`. */
	token_days: number;
}
type SessionLocator = BatchReader<string, SessionLocation>;

/** Returns the location of a chat session by its public id. Throws `not_found`. Doesn't check permissions. */
async function locateSession({ app }: Ctx, sessionId: string): Promise<SessionLocation> {
	const location = await app.sessionLocator.read(sessionId);
	if (!location) throw notFound(`chat session ${sessionId.slice(0, 60)}`);
	return location;
}

const LOCATE_SESSIONS = `
	select c.public_id, c.id, c.site_id, c.token_version, c.last_activity_at, s.visitor_token_days as token_days
	from chat_sessions c join sites s on s.id = c.site_id
	where c.public_id = any(${hideLength('$1::text[]')}::text[])`;
const locationRowsSchema = z.array(
	z.object({
		public_id: z.string(),
		id: z.coerce.number(),
		site_id: z.coerce.number(),
		token_version: z.number(),
		last_activity_at: z.coerce.date(),
		token_days: z.number(),
	}),
);

async function locateBatch(db: Db, sessionIds: string[]): Promise<(SessionLocation | undefined)[]> {
	const rows = await executePrepared(db, 'locate_sessions', LOCATE_SESSIONS, [sessionIds]);
	const locations = new Map(
		locationRowsSchema.parse(rows).map(({ public_id, ...row }) => [public_id, row]),
	);
	return sessionIds.map((sessionId) => locations.get(sessionId));
}

/** Creates a locator that batches concurrent lookups into one query. */
export const createSessionLocator = ({ db }: Core): SessionLocator =>
	new BatchReader((ids: string[]) => locateBatch(db, ids));

/** Returns whether both the chat session and the token have been unused for longer than the site's `visitor_token_days`. */
const isTokenExpired = (
	now: Date,
	{ last_activity_at, token_days }: Pick<SessionLocation, 'last_activity_at' | 'token_days'>,
	issuedAt: Date | null = null,
): boolean => {
	const lastUse = Math.max(last_activity_at.getTime(), issuedAt?.getTime() ?? 0);
	return now.getTime() - lastUse > token_days * DAY_MS;
};

/**
 * Returns the chat session that a visitor's token grants access to, and the token to use from now on. A token expires once
 * neither it nor the chat has been used for the site's `visitor_token_days`, and immediately when it is revoked. Throws
 * `unauthorized`, and `not_found` for a deleted chat session.
 */
export async function requireVisitorToken(
	ctx: Ctx,
	sessionId: string,
	token: string | undefined,
): Promise<SessionLocation & { token: string }> {
	const claim =
		token === undefined ? undefined : ctx.app.secrets.readVisitorToken(sessionId, token);
	if (token === undefined || !claim)
		throw unauthorized('the token does not belong to this chat session');
	const location = await locateSession(ctx, sessionId);
	if (claim.version !== location.token_version) throw unauthorized('the token was revoked');
	const now = ctx.app.clock();
	if (isTokenExpired(now, location, claim.issued_at)) throw unauthorized('the token has expired');
	const isFresh = now.getTime() - (claim.issued_at?.getTime() ?? 0) < RENEW_AFTER_MS;
	if (isFresh) return { ...location, token };
	const { version } = claim;
	return {
		...location,
		token: ctx.app.secrets.createVisitorToken(sessionId, { version, issued_at: now }),
	};
}

/**
 * Revokes all visitor tokens and resume links of a chat session and disconnects its visitor's sockets; the visitor then
 * starts a new chat. Throws `not_found`.
 */
export async function signOutVisitor(ctx: Ctx, id: string): Promise<void> {
	requireTeam(ctx, 'sessions:write');
	const session = await resolveSession(ctx, id);
	await inTransaction(ctx, async (tx) => {
		await tx.db
			.update(chat_sessions)
			// The client id is cleared, because it would still grant a new token.
			.set({ token_version: sql`${chat_sessions.token_version} + 1`, client_session_id: null })
			.where(eq(chat_sessions.id, session.id));
		await audit(tx, { action: 'session.visitor_signed_out', chat_session_id: session.id });
		await record(tx, 'visitor.signed_out', { session_id: session.public_id });
	});
}

declare module '#lib/server/core/context.ts' {
	interface App {
		sessionLocator: SessionLocator;
	}
}

const RESUME_LINK_VALID_MS = 7 * 24 * 3_600_000;

/**
 * Creates a link with which the visitor continues the chat on another device; anyone with the link can read and write in the
 * chat. It is valid for seven days, or until the visitor's tokens are revoked or the chat session is deleted. Throws
 * `not_found`, and `conflict` for a Messenger chat.
 */
export async function createResumeLink(ctx: Ctx, id: string): Promise<ResumeLink> {
	requireTeam(ctx, 'sessions:write');
	const session = await resolveSession(ctx, id);
	if (session.channel === 'messenger') {
		throw conflict(
			'Messenger chats have no resume link: they continue in Messenger on every device',
		);
	}
	const { key } = await getSite(ctx, { id: session.site_id });
	const until = new Date(ctx.app.clock().getTime() + RESUME_LINK_VALID_MS);
	const url = new URL(`/embed/${key}`, ctx.app.config.publicUrl);
	url.searchParams.set(
		'resume',
		ctx.app.secrets.createResumeToken(session.public_id, session.token_version, until),
	);
	await audit(ctx, { action: 'session.resume_link_made', chat_session_id: session.id });
	return { url: url.href, expires_at: until.toISOString() };
}

/**
 * Returns the chat session of a resume link with a new visitor token; null if the link is forged, revoked, expired or for
 * another site, or the chat session was deleted. Doesn't check permissions, because the link's token is the proof.
 */
export async function resumeSession(
	ctx: Ctx,
	resume: { token: string; site_key: string },
): Promise<{ session_id: string; token: string } | null> {
	const { secrets, clock } = ctx.app;
	const claim = secrets.readResumeToken(resume.token, clock());
	const session = claim && (await findSession(ctx, claim.session_id));
	if (!claim || session?.site !== resume.site_key) return null;
	const { session_id } = session;
	const { token_version: version } = await locateSession(ctx, session_id);
	if (version !== claim.version) return null;
	return {
		session_id,
		token: secrets.createVisitorToken(session_id, { version, issued_at: clock() }),
	};
}
