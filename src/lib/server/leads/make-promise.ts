import { and, eq, isNull, sql } from 'drizzle-orm';
import type { Ctx } from '../core/context.ts';
import { chat_sessions, leads, sites } from '../core/db/schema/index.ts';
import type { LeadRow } from './internal.ts';

/**
 * Notes until when a person is to be in touch with a completed chat session's lead, by its site's promise; gives the
 * lead's row when that is new. Test chats promise nothing. For use inside the server: checks no right.
 */
export async function makePromise(ctx: Ctx, chatSessionId: number): Promise<LeadRow | undefined> {
	const due = sql`(select case when s.completion_source = 'ingest'
			then greatest(s.completed_at, ${ctx.app.clock().toISOString()}::timestamptz) else s.completed_at end + make_interval(hours => site.promise_hours)
		from ${chat_sessions} s join ${sites} site on site.id = s.site_id
		where s.id = ${leads.chat_session_id} and s.completion_status = 'complete' and s.channel <> 'test')`;
	const [row] = await ctx.db
		.update(leads)
		.set({ promise_due_at: due })
		.where(and(eq(leads.chat_session_id, chatSessionId), isNull(leads.promise_due_at)))
		.returning();
	return row?.promise_due_at ? row : undefined;
}
