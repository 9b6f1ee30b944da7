import {
	type NewWebhookEndpoint,
	webhookEndpointInput,
	type WebhookEndpointInput,
} from '#lib/contract/webhook-endpoint.ts';
import { audit } from '#lib/server/team/audit/unchecked.ts';
import { requireAdmin } from '#lib/server/core/permissions.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { webhook_endpoints } from '#lib/server/core/db/schema/index.ts';
import { inTransaction } from '#lib/server/core/db/transaction.ts';
import { parse } from '#lib/server/core/parse.ts';
import { getSite, sealHeader } from '#lib/server/sites/unchecked.ts';
import { presentEndpoint, targetOf } from './internal.ts';
import { newWebhookSecret } from './signature.ts';

/** Creates an endpoint for a site and returns it with its secret; admins only. Throws NotFound for the site, Invalid. */
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
		auth_header: header,
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
				auth_header: header && sealHeader(tx, { url, header }, null, 'auth_header.value'),
				created_at: tx.app.clock(),
			})
			.returning();
		if (!row) throw new Error('the endpoint was not inserted');
		await audit(tx, {
			action: 'endpoint.created',
			target: targetOf(row),
			detail: { site: site.key, events, ...(header && { auth_header: header.name }) },
		});
		return { ...presentEndpoint(row, site.key), secret };
	});
}
