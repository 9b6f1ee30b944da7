import { eq } from 'drizzle-orm';
import type { Lead } from '#lib/contract/lead.ts';
import { requireTeam } from '../core/permissions.ts';
import type { Ctx } from '../core/context.ts';
import { leads } from '../core/db/schema/index.ts';
import { resolveSession } from '../conversations/sessions/index.ts';
import { presentLead } from './internal.ts';

/** The lead of a chat session, or null while nothing is known of the visitor; throws NotFound for the chat session. */
export async function findLead(ctx: Ctx, sessionId: string): Promise<Lead | null> {
	requireTeam(ctx, 'leads:read');
	const session = await resolveSession(ctx, sessionId);
	const [row] = await ctx.db.select().from(leads).where(eq(leads.chat_session_id, session.id));
	return row ? presentLead(row, session.public_id) : null;
}
