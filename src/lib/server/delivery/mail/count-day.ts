import { sql } from 'drizzle-orm';
import { z } from 'zod';
import type { Ctx } from '#lib/server/core/context.ts';

const counts = z.object({
	sessions: z.coerce.number(),
	engaged: z.coerce.number(),
	complete: z.coerce.number(),
	leads: z.coerce.number(),
	failed_deliveries: z.coerce.number(),
	open_errors: z.coerce.number(),
	open_issues: z.coerce.number(),
});

type Row = [label: string, value: string];

/** What a day brought, and what waits now; test chats do not count. Reads by chat_sessions_list, deliveries_list, error_groups_list, chat_sessions_qa. */
export async function countDay(
	ctx: Ctx,
	from: Date,
	to: Date,
): Promise<{ numbers: Row[]; attention: Row[] }> {
	const [start, end] = [from, to].map((at) => sql`${at.toISOString()}::timestamptz`);
	const { rows } = await ctx.db.execute(sql`
		with day as (
			select s.ai_engaged, s.completion_status, l.id as lead_id
			from chat_sessions s left join leads l on l.chat_session_id = s.id
			where s.archive_status in ('active', 'archived') and s.last_activity_at >= ${start}
				and s.created_at >= ${start} and s.created_at < ${end} and s.channel <> 'test'
		)
		select count(*) as sessions, count(*) filter (where ai_engaged) as engaged,
			count(*) filter (where completion_status = 'complete') as complete, count(lead_id) as leads,
			(select count(*) from (select 1 from deliveries where status = 'failed' and created_at >= ${start} limit 1000) d) as failed_deliveries,
			(select count(*) from (select 1 from error_groups where resolved_at is null and last_seen_at >= ${start} limit 1000) g) as open_errors,
			(select count(*) from (select 1 from chat_sessions where qa_status = 'issue' limit 1000) i) as open_issues
		from day`);
	const found = counts.parse(rows[0]);
	return {
		numbers: [
			['Chats', String(found.sessions)],
			['Answered visitors', String(found.engaged)],
			['Leads', String(found.leads)],
			['Complete', `${found.complete}${shareOf(found.complete, found.sessions)}`],
		],
		attention: (
			[
				['Deliveries that failed', found.failed_deliveries],
				['Open errors', found.open_errors],
				['Open issues', found.open_issues],
			] as const
		).flatMap(([label, count]): Row[] => (count > 0 ? [[label, String(count)]] : [])),
	};
}

const shareOf = (part: number, whole: number) =>
	whole === 0 ? '' : ` (${Math.round((100 * part) / whole)} %)`;
