import type { Ctx } from '#lib/server/core/context.ts';
import { findSession } from './find.ts';
import { locateSession } from './locate.ts';

/**
 * Returns what a browser needs to continue the chat session of a resume link, with a token of its own; null when the link
 * is forged, revoked, expired or another site's, and when the chat session is gone. Public: the token is the proof.
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
