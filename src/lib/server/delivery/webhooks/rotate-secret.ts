import { eq } from 'drizzle-orm';
import type { NewWebhookEndpoint } from '#lib/contract/webhook-endpoint.ts';
import { audit } from '#lib/server/team/audit/index.ts';
import { requireAdmin } from '#lib/server/core/permissions.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { webhook_endpoints } from '#lib/server/core/db/schema/index.ts';
import { inTransaction } from '#lib/server/core/db/transaction.ts';
import { lockEndpoint, presentEndpoint, requireOwn, targetOf } from './internal.ts';
import { newWebhookSecret } from './signature.ts';

const BOTH_FOR_MS = 24 * 3_600_000;

/**
 * Gives an endpoint another secret, shown this once; for 24 hours the one before signs, too. Admins only. Throws
 * NotFound, Conflict for the endpoint of the environment.
 */
export async function rotateSecret(ctx: Ctx, id: number): Promise<NewWebhookEndpoint> {
	requireAdmin(ctx);
	return inTransaction(ctx, async (tx) => {
		const { endpoint, site } = await lockEndpoint(tx, id);
		requireOwn(endpoint);
		const secret = newWebhookSecret();
		const [row = endpoint] = await tx.db
			.update(webhook_endpoints)
			.set({
				sealed_secret: tx.app.secrets.seal(secret),
				previous_sealed_secret: endpoint.sealed_secret,
				previous_secret_until: new Date(tx.app.clock().getTime() + BOTH_FOR_MS),
			})
			.where(eq(webhook_endpoints.id, id))
			.returning();
		await audit(tx, {
			action: 'endpoint.secret_rotated',
			target: targetOf(row),
			detail: { site },
		});
		return { ...presentEndpoint(row, site), secret };
	});
}
