import { and, asc, desc, eq, isNull } from 'drizzle-orm';
import type { z } from 'zod';
import type { Page } from '#lib/contract/common.ts';
import { type WebhookEndpoint, webhookEndpointListQuery } from '#lib/contract/webhook-endpoint.ts';
import { requireAdmin, requireTeam } from '#lib/server/core/permissions.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { afterCursor, toPage } from '#lib/server/core/db/keyset.ts';
import { sites, webhook_endpoints } from '#lib/server/core/db/schema/index.ts';
import { parse } from '#lib/server/core/parse.ts';
import { presentEndpoint } from './internal.ts';

/** Returns a page of endpoints, for one site or all sites, newest first. Admins only. There are few, so no index is needed. */
export async function listEndpoints(
	ctx: Ctx,
	input: z.input<typeof webhookEndpointListQuery>,
): Promise<Page<WebhookEndpoint>> {
	requireAdmin(ctx);
	const { limit, cursor, site } = parse(webhookEndpointListQuery, input);
	const { created_at, id } = webhook_endpoints;
	const rows = await ctx.db
		.select({ endpoint: webhook_endpoints, site: sites.key })
		.from(webhook_endpoints)
		.innerJoin(sites, eq(sites.id, webhook_endpoints.site_id))
		.where(
			and(
				isNull(webhook_endpoints.deleted_at),
				site === undefined ? undefined : eq(sites.key, site),
				cursor === undefined ? undefined : afterCursor(created_at, id, cursor),
			),
		)
		.orderBy(desc(created_at), desc(id))
		.limit(limit + 1);
	const endpoints = rows.map((row) => presentEndpoint(row.endpoint, row.site));
	return toPage(endpoints, limit, (endpoint) => endpoint.created_at);
}

const MAX_NAMES = 200;

/** Returns the hosts of existing and deleted endpoints for filters, at most 200. */
export async function listEndpointNames(
	ctx: Ctx,
): Promise<{ id: number; host: string; site_name: string }[]> {
	requireTeam(ctx, 'leads:read');
	const rows = await ctx.db
		.select({ id: webhook_endpoints.id, url: webhook_endpoints.url, site_name: sites.name })
		.from(webhook_endpoints)
		.innerJoin(sites, eq(sites.id, webhook_endpoints.site_id))
		.orderBy(asc(sites.name), asc(webhook_endpoints.id))
		.limit(MAX_NAMES);
	return rows.map(({ url, ...row }) => ({ ...row, host: URL.parse(url)?.host ?? 'a webhook' }));
}
