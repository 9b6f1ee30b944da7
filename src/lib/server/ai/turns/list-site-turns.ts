import { sql } from 'drizzle-orm';
import { z } from 'zod';
import type { SiteTurns } from '#lib/contract/turn.ts';
import { requireTeam } from '#lib/server/core/permissions.ts';
import type { Ctx } from '#lib/server/core/context.ts';

const NEWEST = 200;
const MOST_SITES = 100;

const ms = z.coerce.number().transform(Math.round).nullable();
const stored = z.object({
	site: z.string(),
	site_name: z.string(),
	turns: z.number(),
	failed: z.number(),
	p50_ms: ms,
	p95_ms: ms,
	first_byte_p50_ms: ms,
	last_started_at: z.coerce.date(),
});

/** How the AI of each site has answered in its newest 200 turns, the worst first; at most 100 sites. */
export async function listSiteTurns(ctx: Ctx): Promise<SiteTurns[]> {
	requireTeam(ctx, 'errors:read');
	// The walk of each site ends after its newest turns: ai_turns_site_list.
	const { rows } = await ctx.db.execute(sql`
		select site.key as site, site.name as site_name, newest.* from sites site cross join lateral (
			select count(*)::int as turns,
				count(*) filter (where outcome not in ('ok', 'dropped'))::int as failed,
				percentile_cont(0.5) within group (order by total_ms) filter (where outcome = 'ok') as p50_ms,
				percentile_cont(0.95) within group (order by total_ms) filter (where outcome = 'ok') as p95_ms,
				percentile_cont(0.5) within group (order by first_byte_ms) filter (where outcome = 'ok') as first_byte_p50_ms,
				max(started_at) as last_started_at
			from (select outcome, started_at, extract(epoch from finished_at - started_at) * 1000 as total_ms,
					extract(epoch from first_byte_at - started_at) * 1000 as first_byte_ms
				from ai_turns t where t.site_id = site.id and not t.is_test
				order by t.started_at desc, t.id desc limit ${NEWEST}) t
		) newest
		where newest.turns > 0 and site.archived_at is null
		order by newest.failed::float / newest.turns desc, site.name limit ${MOST_SITES}`);
	return z
		.array(stored)
		.parse(rows)
		.map((row) => ({ ...row, last_started_at: row.last_started_at.toISOString() }));
}
