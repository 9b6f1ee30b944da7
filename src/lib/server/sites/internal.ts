import type { Site } from '#lib/contract/site.ts';
import type { SiteSettings } from '#lib/contract/site-settings.ts';
import { eq } from 'drizzle-orm';
import type { App, Ctx } from '../core/context.ts';
import { sites } from '../core/db/schema/index.ts';
import { notFound } from '../core/errors.ts';
import { presentConnector } from './connector-settings.ts';
import { getSite, type SiteRow } from './get-site.ts';

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
	archived_at: row.archived_at?.toISOString() ?? null,
});
