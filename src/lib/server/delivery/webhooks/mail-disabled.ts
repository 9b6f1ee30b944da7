import { and, eq } from 'drizzle-orm';
import type { Ctx } from '#lib/server/core/context.ts';
import { sites, webhook_endpoints } from '#lib/server/core/db/schema/index.ts';
import { developerAddresses, queueMail } from '../mail/index.ts';

/** Tells those who can mend it that an endpoint is about to be disabled, unless it is already; for use inside a transaction. */
export async function mailDisabled(ctx: Ctx, id: number, reason: string): Promise<void> {
	const [found] = await ctx.db
		.select({ site_id: sites.id, key: sites.key, name: sites.name, url: webhook_endpoints.url })
		.from(webhook_endpoints)
		.innerJoin(sites, eq(sites.id, webhook_endpoints.site_id))
		.where(and(eq(webhook_endpoints.id, id), eq(webhook_endpoints.is_enabled, true)));
	if (!found) return;
	const { site_id, key, name, url } = found;
	await queueMail(ctx, {
		template: 'endpoint_disabled',
		data: {
			site: name,
			// What stands behind the host may be a secret.
			endpoint: URL.parse(url)?.host ?? 'an endpoint',
			reason,
			url: `${ctx.app.config.publicUrl}/settings/sites/${key}/delivery`,
		},
		to: await developerAddresses(ctx, site_id),
		dedupe_key: `endpoint_disabled:${id}:${ctx.app.clock().toISOString()}`,
	});
}
