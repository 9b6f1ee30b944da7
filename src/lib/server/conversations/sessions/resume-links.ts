import type { ResumeLink } from '#lib/contract/session.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { conflict } from '#lib/server/core/errors.ts';
import { requireTeam } from '#lib/server/core/permissions.ts';
import { getSite } from '#lib/server/sites/unchecked.ts';
import { audit } from '#lib/server/team/audit/unchecked.ts';
import { findSession, resolveSession } from './get.ts';
import { locateSession } from './visitor-tokens.ts';

const VALID_MS = 7 * 24 * 3_600_000;

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
	const until = new Date(ctx.app.clock().getTime() + VALID_MS);
	const url = new URL(`/embed/${key}`, ctx.app.config.publicUrl);
	url.searchParams.set(
		'resume',
		ctx.app.secrets.resumeToken(session.public_id, session.token_version, until),
	);
	await audit(ctx, { action: 'session.resume_link_made', chat_session_id: session.id });
	return { url: url.href, expires_at: until.toISOString() };
}

/**
 * Returns what a browser needs to continue the chat session of a resume link, with a token of its own; null when the link
 * is forged, revoked, expired or another site's, or the chat session was deleted. Checks no permission: the token is the
 * proof.
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
	return { session_id, token: secrets.visitorToken(session_id, { version, issued_at: clock() }) };
}
