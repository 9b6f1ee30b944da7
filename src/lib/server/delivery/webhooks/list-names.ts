import { asc, eq } from 'drizzle-orm';
import { requireTeam } from '#lib/server/core/permissions.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { sites, webhook_endpoints } from '#lib/server/core/db/schema/index.ts';

const MOST = 200;

/** The hosts of the endpoints that deliveries go or went to, for filters; at most 200. */
export async function listEndpointNames(
	ctx: Ctx,
): Promise<{ id: number; host: string; site_name: string }[]> {
	requireTeam(ctx, 'leads:read');
	const rows = await ctx.db
		.select({ id: webhook_endpoints.id, url: webhook_endpoints.url, site_name: sites.name })
		.from(webhook_endpoints)
		.innerJoin(sites, eq(sites.id, webhook_endpoints.site_id))
		.orderBy(asc(sites.name), asc(webhook_endpoints.id))
		.limit(MOST);
	return rows.map(({ url, ...row }) => ({ ...row, host: URL.parse(url)?.host ?? 'an endpoint' }));
}
