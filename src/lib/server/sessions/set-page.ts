import { eq, sql } from 'drizzle-orm';
import { visitorPage, type VisitorPage } from '$lib/contract/visitor-context';
import { requireVisitorOrTeam } from '../auth/permissions';
import type { Ctx } from '../context';
import { chat_sessions } from '../db/schema';
import { parse } from '../parse';

/** Remembers the page that the visitor is on now. */
export async function setPage(ctx: Ctx, sessionId: string, input: VisitorPage): Promise<void> {
	requireVisitorOrTeam(ctx, sessionId, 'sessions:write');
	const changed = JSON.stringify(parse(visitorPage, input));
	await ctx.db
		.update(chat_sessions)
		.set({ context: sql`${chat_sessions.context} || ${changed}::jsonb` })
		.where(eq(chat_sessions.public_id, sessionId));
}
