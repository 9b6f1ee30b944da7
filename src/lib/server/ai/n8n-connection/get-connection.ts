import type { N8nConnection } from '#lib/contract/n8n.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { requireAdmin } from '#lib/server/core/permissions.ts';
import { getSite } from '#lib/server/sites/unchecked.ts';
import { findConnection, presentConnection } from './internal.ts';

/** What connects a site to an n8n, and how far the last run came; no secrets. Admins only. Throws NotFound. */
export async function getN8nConnection(ctx: Ctx, key: string): Promise<N8nConnection> {
	requireAdmin(ctx);
	const site = await getSite(ctx, { key });
	return presentConnection(ctx, site, await findConnection(ctx, site));
}
