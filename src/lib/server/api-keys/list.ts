import { desc } from 'drizzle-orm';
import type { ApiKey } from '$lib/contract/api-key';
import { requireAdmin } from '../auth/permissions';
import type { Ctx } from '../context';
import { api_keys } from '../db/schema';
import { presentApiKey } from './internal';

/** The newest 500 keys, revoked ones too. For admins. */
export async function listApiKeys(ctx: Ctx): Promise<ApiKey[]> {
	requireAdmin(ctx);
	const rows = await ctx.db.select().from(api_keys).orderBy(desc(api_keys.id)).limit(500);
	return rows.map(presentApiKey);
}
