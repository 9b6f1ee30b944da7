import type { Ctx } from '#lib/server/core/context.ts';
import { findSession } from './find';

/**
 * What a browser needs to go on with the chat session of a resume link; null when the link is forged, has expired or is
 * another site's, and when the chat session is gone. Public: the token is the proof.
 */
export async function resumeSession(
	ctx: Ctx,
	resume: { token: string; site_key: string },
): Promise<{ session_id: string; token: string } | null> {
	const { secrets, clock } = ctx.app;
	const session_id = secrets.readResumeToken(resume.token, clock());
	const session = session_id === undefined ? undefined : await findSession(ctx, session_id);
	if (session?.site !== resume.site_key) return null;
	return { session_id: session.session_id, token: secrets.visitorToken(session.session_id) };
}
