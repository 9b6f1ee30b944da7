import { and, eq, isNull } from 'drizzle-orm';
import type { WebhookEndpoint } from '#lib/contract/webhook-endpoint.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { sites, webhook_endpoints } from '#lib/server/core/db/schema/index.ts';
import { conflict, notFound } from '#lib/server/core/errors.ts';

export type EndpointRow = typeof webhook_endpoints.$inferSelect;

/** Returns an endpoint in the contract's shape, without its secrets. */
export const presentEndpoint = (row: EndpointRow, site: string): WebhookEndpoint => ({
	id: row.id,
	site,
	url: row.url,
	events: row.events,
	is_enabled: row.is_enabled,
	disabled_reason: row.disabled_reason,
	failing_since: row.failing_since?.toISOString() ?? null,
	previous_secret_until: row.previous_secret_until?.toISOString() ?? null,
	auth_header: row.auth_header && { name: row.auth_header.name },
	is_from_environment: row.is_from_environment,
	created_at: row.created_at.toISOString(),
});

/** Locks an endpoint until the end of this transaction and returns it with its site's key. Throws NotFound. */
export async function lockEndpoint(
	ctx: Ctx,
	id: number,
): Promise<{ endpoint: EndpointRow; site: string }> {
	const [found] = await ctx.db
		.select({ endpoint: webhook_endpoints, site: sites.key })
		.from(webhook_endpoints)
		.innerJoin(sites, eq(sites.id, webhook_endpoints.site_id))
		.where(and(eq(webhook_endpoints.id, id), isNull(webhook_endpoints.deleted_at)))
		.for('no key update', { of: webhook_endpoints });
	if (!found) throw notFound(`webhook ${id}`);
	return found;
}

/** Throws Conflict for the endpoint that environment variables define. */
export function requireEditable({ is_from_environment }: EndpointRow): void {
	if (is_from_environment) {
		throw conflict('LEAD_WEBHOOK_URL sets this webhook: change or unset it there');
	}
}

/** Returns an endpoint's audit target, with only its host as the name, because the path may contain a secret. */
export const toEndpointTarget = ({ id, url }: EndpointRow) => ({
	type: 'endpoint',
	id,
	name: URL.parse(url)?.host ?? 'webhook',
});
