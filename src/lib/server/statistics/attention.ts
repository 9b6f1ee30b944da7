import { sql, type SQL } from 'drizzle-orm';
import { z } from 'zod';
import { MOST_COUNTED, type Overview } from '#lib/contract/overview.ts';
import type { Ctx } from '../core/context.ts';
import { ALL_SITES } from './counters.ts';

const LIVE_MS = 5 * 60_000;

const counted = z.object({
	live_chats: z.number(),
	failed_deliveries: z.number(),
	unresolved_errors: z.number(),
	open_issues: z.number(),
	unchecked_completed: z.number(),
	overdue_leads: z.number(),
});

/** What goes on now and what is waiting for somebody; each is counted up to MOST_COUNTED, along its list's index. */
export async function readAttention(
	ctx: Ctx,
	site_id: number,
	now: number,
): Promise<Pick<Overview, 'live_chats' | 'needs_attention'>> {
	const isAll = site_id === ALL_SITES;
	const ofSite = (column: SQL) => (isAll ? sql`` : sql`and ${column} = ${site_id}`);
	const chats = (where: SQL) => sql`chat_sessions s
		where s.channel <> 'test' ${ofSite(sql`s.site_id`)} and ${where}`;
	const ago = (ms: number) => sql`${new Date(now - ms).toISOString()}::timestamptz`;
	const { rows } = await ctx.db.execute(sql`select
		${some(
			chats(sql`s.archive_status = 'active' and s.completion_status = 'in_progress'
			and s.message_count > 0 and s.last_activity_at > ${ago(LIVE_MS)}`),
		)} as live_chats,
		${some(sql`deliveries d join webhook_endpoints e on e.id = d.endpoint_id
			where d.status = 'failed' ${ofSite(sql`e.site_id`)}`)} as failed_deliveries,
		${some(
			sql`error_groups g where g.resolved_at is null ${
				isAll
					? sql``
					: sql`and exists (select from automation_errors a join chat_sessions s on s.id = a.chat_session_id
					where a.group_id = g.id and s.site_id = ${site_id})`
			}`,
		)} as unresolved_errors,
		${some(chats(sql`s.qa_status = 'issue' and s.completion_status <> 'in_progress'`))} as open_issues,
		${some(
			chats(sql`s.qa_status = 'unchecked' and s.completion_status = 'complete'
			and s.archive_status = 'active'`),
		)} as unchecked_completed,
		${some(sql`leads l join chat_sessions s on s.id = l.chat_session_id
			where l.promise_due_at <= ${ago(0)} and l.first_contact_at is null and s.channel <> 'test'
			${ofSite(sql`s.site_id`)}`)} as overdue_leads`);
	const { live_chats, ...needs_attention } = counted.parse(rows[0]);
	return { live_chats, needs_attention };
}

const some = (from: SQL) =>
	sql`(select count(*)::int from (select 1 from ${from} limit ${MOST_COUNTED}) counted)`;
