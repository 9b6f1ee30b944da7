import { desc } from 'drizzle-orm';
import type { ApiKey } from '#lib/contract/api-key.ts';
import { requireAdmin } from '#lib/server/core/permissions.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { api_keys } from '#lib/server/core/db/schema/index.ts';
import { presentApiKey } from './internal.ts';

/** Returns the latest 500 API keys, including revoked ones. Requires an admin. */
export async function listApiKeys(ctx: Ctx): Promise<ApiKey[]> {
	requireAdmin(ctx);
	const rows = await ctx.db.select().from(api_keys).orderBy(desc(api_keys.id)).limit(500);
	return rows.map(presentApiKey);
}
