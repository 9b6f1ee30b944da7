import { and, eq, isNull } from 'drizzle-orm';
import type { ApiKey } from '#lib/contract/api-key.ts';
import { audit } from '../audit/unchecked.ts';
import { requireAdmin, requireRecentSignIn } from '#lib/server/core/permissions.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { api_keys } from '#lib/server/core/db/schema/index.ts';
import { inTransaction } from '#lib/server/core/db/transaction.ts';
import { notFound } from '#lib/server/core/errors.ts';
import { presentApiKey } from './internal.ts';

/** Revokes an API key permanently. Idempotent. Requires an admin; throws NotFound. */
export async function revokeApiKey(ctx: Ctx, id: number): Promise<ApiKey> {
	requireAdmin(ctx);
	requireRecentSignIn(ctx);
	return inTransaction(ctx, async (tx) => {
		const [revoked] = await tx.db
			.update(api_keys)
			.set({ revoked_at: ctx.app.clock() })
			.where(and(eq(api_keys.id, id), isNull(api_keys.revoked_at)))
			.returning();
		if (revoked) {
			const target = { type: 'api_key', id, name: revoked.name };
			await audit(tx, { action: 'api_key.revoked', target });
			return presentApiKey(revoked);
		}
		const [row] = await tx.db.select().from(api_keys).where(eq(api_keys.id, id));
		if (!row) throw notFound('the API key');
		return presentApiKey(row);
	});
}
