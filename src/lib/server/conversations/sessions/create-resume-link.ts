import type { ResumeLink } from '#lib/contract/session.ts';
import { audit } from '#lib/server/team/audit/unchecked.ts';
import { requireTeam } from '#lib/server/core/permissions.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { conflict } from '#lib/server/core/errors.ts';
import { getSite } from '#lib/server/sites/unchecked.ts';
import { resolveSession } from './resolve.ts';

const VALID_MS = 7 * 24 * 3_600_000;

/**
 * A link by which the visitor goes on with the chat on another device; whoever has it may read and write there. Valid for
 * seven days, or until the visitor's tokens are revoked or the chat session is deleted. Throws NotFound, Conflict for a chat that is not the widget's.
 */
export async function createResumeLink(ctx: Ctx, id: string): Promise<ResumeLink> {
	requireTeam(ctx, 'sessions:write');
	const session = await resolveSession(ctx, id);
	if (session.channel === 'messenger') {
		throw conflict('a Messenger conversation goes on in Messenger, on every device');
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
