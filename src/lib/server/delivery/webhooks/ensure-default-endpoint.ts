import { and, eq, sql } from 'drizzle-orm';
import { DEFAULT_WEBHOOKS } from '#lib/contract/webhook-endpoint.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { webhook_endpoints } from '#lib/server/core/db/schema/index.ts';
import { inTransaction } from '#lib/server/core/db/transaction.ts';
import { getSite } from '#lib/server/sites/unchecked.ts';
import { disableEndpoint } from './endpoint-health.ts';
import { newWebhookSecret } from './signature.ts';

/**
 * Applies LEAD_WEBHOOK_URL and LEAD_WEBHOOK_SECRET to the default site's endpoint at every start: creates, updates and
 * enables it while the address is set, and disables it when it is not. Without a secret, generates one once.
 */
export async function ensureDefaultEndpoint(ctx: Ctx): Promise<void> {
	const { leadWebhook } = ctx.app.config;
	const site = await getSite(ctx, { key: 'default' });
	if (!leadWebhook) return disableEnvironmentEndpoint(ctx, site.id);
	const { url, secret } = leadWebhook;
	const sealed_secret = ctx.app.secrets.seal(secret ?? newWebhookSecret());
	await ctx.db
		.insert(webhook_endpoints)
		.values({
			site_id: site.id,
			url,
			sealed_secret,
			events: DEFAULT_WEBHOOKS,
			is_from_environment: true,
			created_at: ctx.app.clock(),
		})
		.onConflictDoUpdate({
			target: webhook_endpoints.site_id,
			targetWhere: sql`${webhook_endpoints.is_from_environment}`,
			set: {
				url,
				is_enabled: true,
				disabled_reason: null,
				failing_since: null,
				...(secret && { sealed_secret }),
			},
		});
}

function disableEnvironmentEndpoint(ctx: Ctx, site_id: number): Promise<void> {
	return inTransaction(ctx, async (tx) => {
		const [endpoint] = await tx.db
			.select({ id: webhook_endpoints.id })
			.from(webhook_endpoints)
			.where(
				and(
					eq(webhook_endpoints.site_id, site_id),
					eq(webhook_endpoints.is_from_environment, true),
					eq(webhook_endpoints.is_enabled, true),
				),
			);
		if (endpoint) await disableEndpoint(tx, endpoint.id, 'LEAD_WEBHOOK_URL is not set');
	});
}
