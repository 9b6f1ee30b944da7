import { eq } from 'drizzle-orm';
import { audit } from '#lib/server/team/audit/index.ts';
import { requireAdmin } from '#lib/server/core/permissions.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { webhook_endpoints } from '#lib/server/core/db/schema/index.ts';
import { inTransaction } from '#lib/server/core/db/transaction.ts';
import { disableEndpoint } from './endpoint-health.ts';
import { lockEndpoint, requireOwn, targetOf } from './internal.ts';

/**
 * Sends nothing more to an endpoint and forgets its secrets; what was delivered there stays in the list of deliveries.
 * Admins only. Throws NotFound, Conflict for the endpoint of the environment.
 */
export async function deleteEndpoint(ctx: Ctx, id: number): Promise<void> {
	requireAdmin(ctx);
	await inTransaction(ctx, async (tx) => {
		const { endpoint, site } = await lockEndpoint(tx, id);
		requireOwn(endpoint);
		await disableEndpoint(tx, id, 'the endpoint was deleted');
		await tx.db
			.update(webhook_endpoints)
			.set({
				deleted_at: tx.app.clock(),
				sealed_secret: '',
				previous_sealed_secret: null,
				auth_header: null,
			})
			.where(eq(webhook_endpoints.id, id));
		await audit(tx, { action: 'endpoint.deleted', target: targetOf(endpoint), detail: { site } });
	});
}
