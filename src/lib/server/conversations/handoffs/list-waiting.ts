import { asc, eq, isNull } from 'drizzle-orm';
import type { WaitingVisitor } from '#lib/contract/handoff.ts';
import { requireTeam } from '#lib/server/core/permissions.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { chat_sessions, handoffs, leads, sites } from '#lib/server/core/db/schema/index.ts';
import { presentHandoff } from './end-handoff.ts';

const MAX_WAITING = 50;

/** Returns the visitors who wait for a person, the next deadline first. */
export async function listWaitingVisitors(ctx: Ctx): Promise<WaitingVisitor[]> {
	requireTeam(ctx, 'sessions:read');
	const rows = await ctx.db
		.select({
			handoff: handoffs,
			session_id: chat_sessions.public_id,
			visitor_name: leads.name,
			site_name: sites.name,
		})
		.from(handoffs)
		.innerJoin(chat_sessions, eq(chat_sessions.id, handoffs.chat_session_id))
		.innerJoin(sites, eq(sites.id, handoffs.site_id))
		.leftJoin(leads, eq(leads.chat_session_id, handoffs.chat_session_id))
		.where(isNull(handoffs.outcome))
		.orderBy(asc(handoffs.deadline_at))
		.limit(MAX_WAITING);
	return rows.map(({ handoff, session_id, visitor_name, site_name }) => ({
		...presentHandoff(handoff, session_id),
		visitor_name,
		site_name,
	}));
}
