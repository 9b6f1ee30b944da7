import { eq, sql } from 'drizzle-orm';
import type { ApiKey } from '$lib/contract/api-key';
import { requireAdmin } from '../auth/permissions';
import type { Ctx } from '../context';
import { api_keys } from '../db/schema';
import { notFound } from '../errors';
import { presentApiKey } from './internal';

/** Ends a key for good, from its next use on; revoking it again changes nothing. For admins; throws NotFound. */
export async function revokeApiKey(ctx: Ctx, id: number): Promise<ApiKey> {
	requireAdmin(ctx);
	const now = ctx.app.clock().toISOString();
	const [row] = await ctx.db
		.update(api_keys)
		.set({ revoked_at: sql`coalesce(${api_keys.revoked_at}, ${now}::timestamptz)` })
		.where(eq(api_keys.id, id))
		.returning();
	if (!row) throw notFound('the API key');
	return presentApiKey(row);
}
