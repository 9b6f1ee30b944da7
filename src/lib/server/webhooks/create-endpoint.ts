import {
	type NewWebhookEndpoint,
	webhookEndpointInput,
	type WebhookEndpointInput,
} from '$lib/contract/webhook-endpoint';
import { requireAdmin } from '../auth/permissions';
import type { Ctx } from '../context';
import { webhook_endpoints } from '../db/schema';
import { parse } from '../parse';
import { getSite } from '../sites';
import { newWebhookSecret } from './signature';

/** Makes an endpoint of a site and gives it with its secret; admins only. Throws NotFound for the site, Invalid. */
export async function createEndpoint(
	ctx: Ctx,
	input: WebhookEndpointInput,
): Promise<NewWebhookEndpoint> {
	requireAdmin(ctx);
	const {
		site: key,
		url,
		events,
		secret = newWebhookSecret(),
	} = parse(webhookEndpointInput, input);
	const site = await getSite(ctx, { key });
	const [row] = await ctx.db
		.insert(webhook_endpoints)
		.values({
			site_id: site.id,
			url,
			events,
			sealed_secret: ctx.app.secrets.seal(secret),
			created_at: ctx.app.clock(),
		})
		.returning();
	if (!row) throw new Error('the endpoint was not inserted');
	return {
		id: row.id,
		site: site.key,
		url: row.url,
		events: row.events,
		is_enabled: row.is_enabled,
		disabled_reason: row.disabled_reason,
		created_at: row.created_at.toISOString(),
		secret,
	};
}
