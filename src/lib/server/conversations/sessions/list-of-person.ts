import { and, desc, eq, ne, or, sql } from 'drizzle-orm';
import type { Session } from '#lib/contract/session.ts';
import { requireTeam } from '#lib/server/core/permissions.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { chat_sessions, leads } from '#lib/server/core/db/schema/index.ts';
import { presentSession, selectSessions } from './present.ts';
import { resolveSession } from './resolve.ts';

const MOST = 20;

/** Other chat sessions whose lead has the same e-mail or phone number, last activity first, at most 20; throws NotFound. */
export async function listSessionsOfPerson(ctx: Ctx, id: string): Promise<Session[]> {
	requireTeam(ctx, 'sessions:read');
	const session = await resolveSession(ctx, id);
	const [known] = await ctx.db
		.select({ email: leads.email, phone: leads.phone })
		.from(leads)
		.where(eq(leads.chat_session_id, session.id));
	if (!known?.email && !known?.phone) return [];
	const isSamePerson = or(
		known.email ? sql`lower(${leads.email}) = lower(${known.email})` : undefined,
		known.phone ? eq(leads.phone, known.phone) : undefined,
	);
	const rows = await selectSessions(ctx.db)
		.where(and(ne(chat_sessions.id, session.id), ne(chat_sessions.channel, 'test'), isSamePerson))
		.orderBy(desc(chat_sessions.last_activity_at), desc(chat_sessions.id))
		.limit(MOST);
	return rows.map(presentSession);
}
