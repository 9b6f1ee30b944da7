import { and, desc, eq, isNull } from 'drizzle-orm';
import type { z } from 'zod';
import type { Page } from '$lib/contract/common';
import { type WebhookEndpoint, webhookEndpointListQuery } from '$lib/contract/webhook-endpoint';
import { requireAdmin } from '../auth/permissions';
import type { Ctx } from '../context';
import { toPage } from '../cursor';
import { afterCursor } from '../db/keyset';
import { sites, webhook_endpoints } from '../db/schema';
import { parse } from '../parse';
import { presentEndpoint } from './internal';

/** Endpoints, of one site or of all, newest first, as keyset pages; admins only. They are few: no index orders them. */
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
