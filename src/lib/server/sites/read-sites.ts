import { asc, eq, sql } from 'drizzle-orm';
import { z } from 'zod';
import { type Page, pageQuery } from '#lib/contract/common.ts';
import type { SiteSettings, SiteSummary } from '#lib/contract/site-settings.ts';
import {
	question,
	type Question,
	type Site,
	siteKey,
	toWorkflowQuestion,
	type WorkflowQuestion,
} from '#lib/contract/site.ts';
import type { App, Ctx } from '../core/context.ts';
import { afterCursor, toPage } from '../core/db/keyset.ts';
import type { Read } from '../core/db/reads.ts';
import { sites } from '../core/db/schema/index.ts';
import { notFound } from '../core/errors.ts';
import { parse } from '../core/parse.ts';
import { requireAdmin, requireTeam } from '../core/permissions.ts';
import { presentConnector } from './connector-settings.ts';

export type SiteRow = typeof sites.$inferSelect;

/** Returns a site's row, secrets sealed. Throws `not_found`. Doesn't check permissions: for use inside the server. */
export async function getSite(ctx: Ctx, by: { id: number } | { key: string }): Promise<SiteRow> {
	const createNotFoundError = () =>
		notFound('id' in by ? 'the site' : `a site with the key "${by.key}"`);
	// Postgres refuses some strings that can't be a key, such as those with U+0000.
	const key = 'key' in by ? siteKey.safeParse(by.key) : undefined;
	if (key?.success === false) throw createNotFoundError();
	const where = 'id' in by ? eq(sites.id, by.id) : eq(sites.key, key?.data ?? '');
	const query = ctx.db.select().from(sites).where(where).limit(1);
	const [row] = await query.prepare('id' in by ? 'site_by_id' : 'site_by_key').execute();
	if (!row) throw createNotFoundError();
	return row;
}

/** Returns the row of a site that accepts new chats. Throws `not_found`, also for an archived site. */
export async function getOpenSite(ctx: Ctx, key: string): Promise<SiteRow> {
	const site = await getSite(ctx, { key });
	if (site.archived_at) throw notFound(`a site with the key "${key}"`);
	return site;
}

const questionRows = z.array(z.object({ questions: z.array(question) }));

/** Reads the questions of a chat session's site; see `db/reads.ts`. */
export const readQuestions = (chatSessionId: number): Read<Question[]> => ({
	query: sql`select questions from sites where id = (select site_id from chat_sessions where id = ${chatSessionId})`,
	parse: (rows) => questionRows.parse(rows)[0]?.questions ?? [],
});

/** Returns all settings of a site, without its secrets. Admins only. Throws `not_found`. */
export async function getSiteSettings(ctx: Ctx, key: string): Promise<SiteSettings> {
	requireAdmin(ctx);
	return presentSettings(ctx.app, await getSite(ctx, { key }));
}

/** The maximum number of sites returned, because a longer menu would be unusable. */
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

/** Returns whether `AI_WEBHOOK_URL` sets this site's AI, which it does for the default site at every start. */
export const isConnectorFromEnvironment = (app: App, key: string) =>
	key === 'default' && app.config.aiWebhook !== undefined;

/** Returns the site's row, locked until the transaction ends. */
export async function lockSite(ctx: Ctx, key: string): Promise<SiteRow> {
	const { id } = await getSite(ctx, { key });
	const [row] = await ctx.db.select().from(sites).where(eq(sites.id, id)).for('update');
	if (!row) throw notFound(`a site with the key "${key}"`);
	return row;
}

export const presentSite = ({ id, key, name, created_at }: SiteRow): Site => ({
	id,
	key,
	name,
	created_at: created_at.toISOString(),
});

export const presentSettings = (app: App, row: SiteRow): SiteSettings => ({
	...presentSite(row),
	look: row.look,
	greeting: row.greeting,
	greetings: row.greetings,
	invitation: row.invitation,
	assistant: row.assistant,
	greeting_bubble: row.greeting_bubble,
	translations: row.translations,
	ai_disclosure: row.ai_disclosure,
	consent: row.consent,
	fallback_reply: row.fallback_reply,
	questions: row.questions,
	connector: presentConnector(row.connector),
	is_connector_from_environment: isConnectorFromEnvironment(app, row.key),
	max_concurrent_turns: row.max_concurrent_turns,
	completion_phrases: row.completion_phrases,
	completion_needs: row.completion_needs,
	idle_minutes: row.idle_minutes,
	allowed_origins: row.allowed_origins,
	has_storage_before_interaction: row.has_storage_before_interaction,
	retention_days: row.retention_days,
	developer_emails: row.developer_emails,
	trace_days: row.trace_days,
	visitor_token_days: row.visitor_token_days,
	review_sample_percent: row.review_sample_percent,
	check_switches: row.check_switches,
	link_hosts: row.link_hosts,
	judge: row.judge && {
		url: row.judge.url,
		auth_header: row.judge.auth_header && { name: row.judge.auth_header.name },
	},
	promise_hours: row.promise_hours,
	handoff: row.handoff,
	business_hours: row.business_hours,
	country: row.country,
	setup_steps: row.setup_steps,
	archived_at: row.archived_at?.toISOString() ?? null,
});
