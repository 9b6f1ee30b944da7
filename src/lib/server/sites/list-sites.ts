import { asc, sql } from 'drizzle-orm';
import { z } from 'zod';
import { pageQuery, type Page } from '#lib/contract/common.ts';
import { type Site, toWorkflowQuestion, type WorkflowQuestion } from '#lib/contract/site.ts';
import type { SiteSummary } from '#lib/contract/site-settings.ts';
import { requireAdmin, requireTeam } from '../core/permissions.ts';
import type { Ctx } from '../core/context.ts';
import { afterCursor, toPage } from '../core/db/keyset.ts';
import { sites } from '../core/db/schema/index.ts';
import { parse } from '../core/parse.ts';
import { getSite } from './get-site.ts';

/** The list feeds a menu, which more sites than this would make unusable. */
const MAX_SITES = 500;

/** Returns the sites by name, at most 500. */
export async function listSites(ctx: Ctx): Promise<Site[]> {
	requireTeam(ctx, 'sessions:read');
	const rows = await ctx.db
		.select({ id: sites.id, key: sites.key, name: sites.name, created_at: sites.created_at })
		.from(sites)
		.orderBy(asc(sites.name))
		.limit(MAX_SITES);
	return rows.map((row) => ({ ...row, created_at: row.created_at.toISOString() }));
}

/** Returns all questions of a site, in order. Throws `not_found`. */
export async function listSiteQuestions(ctx: Ctx, key: string): Promise<Page<WorkflowQuestion>> {
	requireTeam(ctx, 'sessions:read');
	const { questions } = await getSite(ctx, { key });
	return { items: questions.map(toWorkflowQuestion), next_cursor: null };
}

const RECENT_DAYS = 7;

const summaryRow = z.object({
	id: z.coerce.number(),
	key: z.string(),
	name: z.string(),
	accent: z.string(),
	connector: z.enum(['scripted', 'n8n', 'openai']),
	recent_sessions: z.coerce.number(),
	recent_complete: z.coerce.number(),
	last_activity_at: z.coerce.date().nullable(),
	enabled: z.coerce.number(),
	disabled: z.coerce.number(),
	created_at: z.coerce.date(),
	archived_at: z.coerce.date().nullable(),
});

/** Returns a page of all sites, newest first, with their activity in the last seven days. Admins only. */
export async function listSiteSummaries(
	ctx: Ctx,
	input: z.input<typeof pageQuery>,
): Promise<Page<SiteSummary>> {
	requireAdmin(ctx);
	const { limit, cursor } = parse(pageQuery, input);
	const since = new Date(ctx.app.clock().getTime() - RECENT_DAYS * 86_400_000).toISOString();
	const after = cursor ? afterCursor(sql`s.created_at`, sql`s.id`, cursor) : sql`true`;
	// For each site, the week and the newest row are read from the index chat_sessions_site_list.
	const { rows } = await ctx.db.execute(sql`
		select s.id, s.key, s.name, s.look ->> 'accent' as accent, s.connector ->> 'type' as connector,
			s.created_at, s.archived_at, week.recent_sessions, week.recent_complete, newest.last_activity_at,
			e.enabled, e.disabled
		from sites s
		cross join lateral (
			select count(*) as recent_sessions,
				count(*) filter (where c.completion_status = 'complete') as recent_complete
			from chat_sessions c
			where c.site_id = s.id and c.last_activity_at >= ${since}::timestamptz and c.channel <> 'test'
		) week
		left join lateral (
			select c.last_activity_at from chat_sessions c where c.site_id = s.id
			order by c.last_activity_at desc limit 1
		) newest on true
		cross join lateral (
			select count(*) filter (where is_enabled) as enabled, count(*) filter (where not is_enabled) as disabled
			from webhook_endpoints w where w.site_id = s.id and w.deleted_at is null
		) e
		where ${after} order by s.created_at desc, s.id desc limit ${limit + 1}`);
	const summaries = z.array(summaryRow).parse(rows).map(presentSummary);
	return toPage(summaries, limit, (site) => site.created_at);
}

const presentSummary = ({
	enabled,
	disabled,
	...site
}: z.infer<typeof summaryRow>): SiteSummary => ({
	...site,
	endpoints: { enabled, disabled },
	last_activity_at: site.last_activity_at?.toISOString() ?? null,
	created_at: site.created_at.toISOString(),
	archived_at: site.archived_at?.toISOString() ?? null,
});
