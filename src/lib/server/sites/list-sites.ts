import { asc } from 'drizzle-orm';
import type { Site } from '#lib/contract/site.ts';
import { requireTeam } from '../core/permissions.ts';
import type { Ctx } from '../core/context.ts';
import { sites } from '../core/db/schema/index.ts';

/** More sites than this are not a menu any more. */
const LIMIT = 500;

/** The sites by name, at most 500. */
export async function listSites(ctx: Ctx): Promise<Site[]> {
	requireTeam(ctx, 'sessions:read');
	const rows = await ctx.db
		.select({ id: sites.id, key: sites.key, name: sites.name, created_at: sites.created_at })
		.from(sites)
		.orderBy(asc(sites.name))
		.limit(LIMIT);
	return rows.map((row) => ({ ...row, created_at: row.created_at.toISOString() }));
}
