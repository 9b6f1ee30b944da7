import {
	type NewWebhookEndpoint,
	webhookEndpointInput,
	type WebhookEndpointInput,
} from '$lib/contract/webhook-endpoint';
import { audit } from '../audit';
import { requireAdmin } from '../auth/permissions';
import type { Ctx } from '../context';
import { webhook_endpoints } from '../db/schema';
import { inTransaction } from '../db/transaction';
import { parse } from '../parse';
import { getSite } from '../sites';
import { presentEndpoint, targetOf } from './internal';
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
	return inTransaction(ctx, async (tx) => {
		const [row] = await tx.db
			.insert(webhook_endpoints)
			.values({
				site_id: site.id,
				url,
				events,
				sealed_secret: tx.app.secrets.seal(secret),
				created_at: tx.app.clock(),
			})
			.returning();
		if (!row) throw new Error('the endpoint was not inserted');
		await audit(tx, {
			action: 'endpoint.created',
			target: targetOf(row),
			detail: { site: site.key, events },
		});
		return { ...presentEndpoint(row, site.key), secret };
	});
}
