import { eq, inArray } from 'drizzle-orm';
import type { Ctx } from '#lib/server/core/context.ts';
import { sites, webhook_endpoints } from '#lib/server/core/db/schema/index.ts';
import { createEndpoint } from '#lib/server/delivery/webhooks/index.ts';
import { DAY } from './calendar.ts';
import { makeChallenger, type SeededChallenger } from './challenger.ts';
import { Script } from './script.ts';
import { SITES, type SiteModel } from './sites.ts';

type EndpointRow = typeof webhook_endpoints.$inferSelect;

/** A seeded site with its dialogues. */
export interface SeededSite {
	id: number;
	model: SiteModel;
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
export async function makeSites(ctx: Ctx, now: Date): Promise<SeededSite[]> {
	const createdAt = new Date(now.getTime() - 92 * DAY);
	const seededSites: SeededSite[] = [];
	for (const model of SITES) {
		await ctx.db
			.insert(sites)
			.values(toSiteRow(ctx, model, createdAt))
			.onConflictDoNothing();
		const [site] = await ctx.db.select().from(sites).where(eq(sites.key, model.key));
		if (!site) throw new Error(`the site ${model.key} was not created`);
		const endpoints = await makeEndpoints(ctx, site.id, model, createdAt);
		const challenger = await makeChallenger(ctx, site, now);
		seededSites.push({ id: site.id, model, script: new Script(model.key), endpoints, challenger });
	}
	return seededSites;
}

const getN8nOrigin = ({ key }: SiteModel) => `https://n8n.${key}.example`;

function toSiteRow(ctx: Ctx, model: SiteModel, created_at: Date): typeof sites.$inferInsert {
	const { key, name, accent, header_text, launcher, questions } = model;
	return {
		key,
		name,
		look: { header_text, accent, theme: 'auto', language: 'auto', launcher },
		assistant: { name: model.assistant, logo: null },
		questions,
		completion_phrases: model.completion_phrases,
		completion_needs: model.completion_needs ?? 'nothing',
		fallback_reply: model.fallback_reply,
		allowed_origins: [model.origin],
		connector:
			model.connector === 'scripted'
				? { type: 'scripted' }
				: {
						type: 'n8n',
						url: `${getN8nOrigin(model)}/webhook/frontdesk`,
						auth_header: {
							name: 'X-Api-Key',
							sealed_value: ctx.app.secrets.seal('a seeded key without access to anything'),
						},
					},
		created_at,
	};
}

async function makeEndpoints(
	ctx: Ctx,
	site_id: number,
	model: SiteModel,
	created_at: Date,
): Promise<EndpointRow[]> {
	const siteCondition = eq(webhook_endpoints.site_id, site_id);
	const existing = await ctx.db.select().from(webhook_endpoints).where(siteCondition);
	if (existing.length > 0) return existing;
	for (const { path, events } of model.endpoints) {
		await createEndpoint(ctx, { site: model.key, url: `${getN8nOrigin(model)}${path}`, events });
	}
	return ctx.db.update(webhook_endpoints).set({ created_at }).where(siteCondition).returning();
}
