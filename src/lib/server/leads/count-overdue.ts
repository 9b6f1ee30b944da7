import { sql } from 'drizzle-orm';
import { z } from 'zod';
import { requireTeam } from '../core/permissions.ts';
import type { Ctx } from '../core/context.ts';

const MOST_COUNTED = 1_000;
const counted = z.object({ count: z.number() });

/** How many leads nobody was in touch with in time, counted up to 1,000; read by leads_promise. */
export async function countOverdueLeads(ctx: Ctx): Promise<number> {
	requireTeam(ctx, 'leads:read');
	const { rows } = await ctx.db.execute(sql`select count(*)::int as count from (
		select 1 from leads where promise_due_at is not null and first_contact_at is null
			and promise_due_at <= ${ctx.app.clock().toISOString()}::timestamptz
		limit ${MOST_COUNTED}) overdue`);
	return counted.parse(rows[0]).count;
}
