import { eq, inArray } from 'drizzle-orm';
import type { Ctx } from '#lib/server/core/context.ts';
import { sites, webhook_endpoints } from '#lib/server/core/db/schema/index.ts';
import { createEndpoint } from '#lib/server/delivery/webhooks/index.ts';
import { DAY } from './calendar.ts';
import { startTrial, type SeededChallenger } from './challenger.ts';
import { Script } from './script.ts';
import { SITES, type SiteTemplate } from './sites.ts';

type EndpointRow = typeof webhook_endpoints.$inferSelect;

/** A seeded site with its dialogues. */
export interface SeededSite {
	id: number;
	template: SiteTemplate;
	script: Script;
	endpoints: EndpointRow[];
	challenger: SeededChallenger | null;
}

/** Returns whether this database was seeded before. */
export async function isSeeded(ctx: Ctx): Promise<boolean> {
	const keys = SITES.map(({ key }) => key);
	const existing = await ctx.db
		.select({ id: sites.id })
		.from(sites)
		.where(inArray(sites.key, keys));
	return existing.length > 0;
}

/** Creates the four sites with their endpoints, unless they exist. */
export async function createSites(ctx: Ctx, now: Date): Promise<SeededSite[]> {
	const createdAt = new Date(now.getTime() - 92 * DAY);
	const seededSites: SeededSite[] = [];
	for (const template of SITES) {
		await ctx.db
			.insert(sites)
			.values(toSiteRow(ctx, template, createdAt))
			.onConflictDoNothing();
		const [site] = await ctx.db.select().from(sites).where(eq(sites.key, template.key));
		if (!site) throw new Error(`the site ${template.key} was not created`);
		const endpoints = await createEndpoints(ctx, site.id, template, createdAt);
		const challenger = await startTrial(ctx, site, now);
		seededSites.push({
			id: site.id,
			template,
			script: new Script(template.key),
			endpoints,
			challenger,
		});
	}
	return seededSites;
}

const getN8nOrigin = ({ key }: SiteTemplate) => `https://n8n.${key}.example`;

function toSiteRow(ctx: Ctx, template: SiteTemplate, created_at: Date): typeof sites.$inferInsert {
	const { key, name, accent, header_text, launcher, questions } = template;
	return {
		key,
		name,
		look: { header_text, accent, theme: 'auto', language: 'auto', launcher },
		assistant: { name: template.assistant, logo: null },
		questions,
		completion_phrases: template.completion_phrases,
		completion_needs: template.completion_needs ?? 'nothing',
		fallback_reply: template.fallback_reply,
		allowed_origins: [template.origin],
		connector:
			template.connector === 'scripted'
				? { type: 'scripted' }
				: {
						type: 'n8n',
						url: `${getN8nOrigin(template)}/webhook/frontdesk`,
						auth_header: {
							name: 'X-Api-Key',
							sealed_value: ctx.app.secrets.seal('a seeded key without access to anything'),
						},
					},
		created_at,
	};
}

async function createEndpoints(
	ctx: Ctx,
	site_id: number,
	template: SiteTemplate,
	created_at: Date,
): Promise<EndpointRow[]> {
	const siteCondition = eq(webhook_endpoints.site_id, site_id);
	const existing = await ctx.db.select().from(webhook_endpoints).where(siteCondition);
	if (existing.length > 0) return existing;
	for (const { path, events } of template.endpoints) {
		await createEndpoint(ctx, {
			site: template.key,
			url: `${getN8nOrigin(template)}${path}`,
			events,
		});
	}
	return ctx.db.update(webhook_endpoints).set({ created_at }).where(siteCondition).returning();
}
