import type { Transcript } from '#lib/contract/session.ts';
import { requireTeam } from '#lib/server/core/permissions.ts';
import { asSystem, type Ctx } from '#lib/server/core/context.ts';
import { findLead } from '#lib/server/leads/index.ts';
import { listMessages } from '../messages/index.ts';
import { listReviews } from '#lib/server/quality/reviews/index.ts';
import { getSession, resolveSession } from '../sessions/index.ts';

/** A chat session with its lead, messages, reviews and the pages that the visitor saw; throws NotFound. */
export async function getTranscript(ctx: Ctx, id: string): Promise<Transcript> {
	requireTeam(ctx, 'sessions:read');
	const session = await getSession(ctx, id);
	const system = asSystem(ctx);
	const lead = await findLead(system, session.session_id);
	const messages = await listMessages(system, session.session_id);
	const reviews = await listReviews(system, session.session_id);
	const { pages } = await resolveSession(system, session.session_id);
	return { session, lead, messages, reviews, pages };
}
