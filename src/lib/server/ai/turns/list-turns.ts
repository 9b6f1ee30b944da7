import { sql, type SQL } from 'drizzle-orm';
import { z } from 'zod';
import type { Page } from '#lib/contract/common.ts';
import { type SiteTurns, turn, type Turn, turnListQuery } from '#lib/contract/turn.ts';
import { requireTeam } from '#lib/server/core/permissions.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { afterCursor, toPage } from '#lib/server/core/db/keyset.ts';
import { parse } from '#lib/server/core/parse.ts';

const durationMs = z.coerce.number().nullable();
export const turnRowSchema = turn.extend({
	id: z.coerce.number(),
	started_at: z.coerce.date(),
	first_byte_ms: durationMs,
	total_ms: durationMs,
});

/** Returns a page of turns, newest first, without those of test chats. Needs `errors:read`. */
export async function listTurns(
	ctx: Ctx,
	input: z.input<typeof turnListQuery>,
): Promise<Page<Turn>> {
	requireTeam(ctx, 'errors:read');
	const query = parse(turnListQuery, input);
	const { rows } = await ctx.db.execute(
		selectTurns(toCondition(query), { limit: query.limit + 1 }),
	);
	const turns = z.array(turnRowSchema).parse(rows).map(presentTurn);
	return toPage(turns, query.limit, (turn) => turn.started_at);
}

const msUntil = (to: SQL) => sql`round(extract(epoch from ${to} - t.started_at) * 1000)`;

/** Returns a query for turns (aliases t, s, site), newest first, with optional additional columns. */
export const selectTurns = (
	condition: SQL,
	{ limit, additionalColumns }: { limit: number; additionalColumns?: SQL },
): SQL => sql`
	select t.id, t.turn_id, s.public_id as session_id, site.key as site, site.name as site_name, t.action, t.connector,
		t.started_at, ${msUntil(sql`t.first_byte_at`)} as first_byte_ms, ${msUntil(sql`t.finished_at`)} as total_ms,
		t.http_status, t.shape, t.outcome, t.detail, t.retries, t.execution_id,
		t.asked, t.version, t.challenger_id is not null as is_challenger, t.unanswered, t.notes ${additionalColumns ? sql`, ${additionalColumns}` : sql``}
	from ai_turns t join chat_sessions s on s.id = t.chat_session_id join sites site on site.id = s.site_id
	where ${condition} order by t.started_at desc, t.id desc limit ${limit}`;

/** Returns a turn in the contract's shape. */
export const presentTurn = (row: z.infer<typeof turnRowSchema>): Turn => ({
	...row,
	started_at: row.started_at.toISOString(),
});

/** Returns the filter's condition in the exact terms of the partial indexes ai_turns_list, ai_turns_site_list and ai_turns_failed_list. */
function toCondition(query: z.output<typeof turnListQuery>): SQL {
	const { site, outcome, failed, session_id, from, to, cursor } = query;
	const conditions = [sql`not t.is_test`];
	const isFailure = sql`t.outcome not in ('ok', 'dropped')`;
	if (failed || (outcome && outcome !== 'ok' && outcome !== 'dropped')) conditions.push(isFailure);
	if (failed === false) conditions.push(sql`(t.outcome is null or not ${isFailure})`);
	if (outcome) conditions.push(sql`t.outcome = ${outcome}`);
	if (site) conditions.push(sql`t.site_id = (select id from sites where key = ${site})`);
	if (session_id) {
		conditions.push(
			sql`t.chat_session_id = (select id from chat_sessions where public_id = ${session_id})`,
		);
	}
	if (from) conditions.push(sql`t.started_at >= ${from}::timestamptz`);
	if (to) conditions.push(sql`t.started_at < ${to}::timestamptz`);
	if (cursor) conditions.push(afterCursor(sql`t.started_at`, sql`t.id`, cursor));
	return sql.join(conditions, sql` and `);
}

const MAX_TURNS_PER_SITE = 200;
const MAX_SITES = 100;

const roundedMs = z.coerce.number().transform(Math.round).nullable();
const siteRowSchema = z.object({
	site: z.string(),
	site_name: z.string(),
	turns: z.number(),
	failed: z.number(),
	p50_ms: roundedMs,
	p95_ms: roundedMs,
	first_byte_p50_ms: roundedMs,
	last_started_at: z.coerce.date(),
	ai_down_since: z.coerce.date().nullable(),
});

/**
 * Returns failures and response times of each site's AI over its newest 200 turns: sites whose AI is down first, then
 * by failure rate, highest first; at most 100 sites. Needs `errors:read`.
 */
export async function listSiteTurns(ctx: Ctx): Promise<SiteTurns[]> {
	requireTeam(ctx, 'errors:read');
	// With the index ai_turns_site_list, each site's scan stops after its newest turns.
	const { rows } = await ctx.db.execute(sql`
		select site.key as site, site.name as site_name, site.ai_down_since, newest.* from sites site cross join lateral (
			select count(*)::int as turns,
				count(*) filter (where outcome not in ('ok', 'dropped'))::int as failed,
				percentile_cont(0.5) within group (order by total_ms) filter (where outcome = 'ok') as p50_ms,
				percentile_cont(0.95) within group (order by total_ms) filter (where outcome = 'ok') as p95_ms,
				percentile_cont(0.5) within group (order by first_byte_ms) filter (where outcome = 'ok') as first_byte_p50_ms,
				max(started_at) as last_started_at
			from (select outcome, started_at, extract(epoch from finished_at - started_at) * 1000 as total_ms,
					extract(epoch from first_byte_at - started_at) * 1000 as first_byte_ms
				from ai_turns t where t.site_id = site.id and not t.is_test
				order by t.started_at desc, t.id desc limit ${MAX_TURNS_PER_SITE}) t
		) newest
		where newest.turns > 0 and site.archived_at is null
		order by site.ai_down_since is null, newest.failed::float / newest.turns desc, site.name limit ${MAX_SITES}`);
	return z
		.array(siteRowSchema)
		.parse(rows)
		.map((row) => ({
			...row,
			last_started_at: row.last_started_at.toISOString(),
			ai_down_since: row.ai_down_since?.toISOString() ?? null,
		}));
}
