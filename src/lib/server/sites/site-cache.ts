import { eq, sql } from 'drizzle-orm';
import type { Ctx } from '../core/context.ts';
import { sites } from '../core/db/schema/index.ts';
import { notFound } from '../core/errors.ts';
import type { SiteRow } from './read-sites.ts';

/**
 * Caches the rows of sites, so that a turn needn't load its site. The statement that claims a turn returns the version of
 * the site's row (Postgres's `xmin`). A row with a different version is reloaded, so a change by any process takes effect with
 * the next turn.
 */
export class SiteCache {
	readonly #sites = new Map<number, { version: string; row: SiteRow }>();

	/** Returns the row of a site; loads it unless the cached one has this version. Throws `not_found`. */
	async get(ctx: Ctx, id: number, version: string): Promise<SiteRow> {
		const cached = this.#sites.get(id);
		if (cached?.version === version) return cached.row;
		const [loaded] = await ctx.db
			.select({ version: sql<string>`${sites}.xmin::text`, row: sites })
			.from(sites)
			.where(eq(sites.id, id))
			.limit(1);
		if (!loaded) throw notFound('the site');
		this.#sites.set(id, loaded);
		return loaded.row;
	}
}

declare module '#lib/server/core/context.ts' {
	interface App {
		siteCache: SiteCache;
	}
}
