import type { SiteSettings } from '#lib/contract/site-settings.ts';
import { requireAdmin } from '../core/permissions.ts';
import type { Ctx } from '../core/context.ts';
import { getSite } from './get-site.ts';
import { presentSettings } from './internal.ts';

/** Returns all settings of a site, without its secrets. Admins only. Throws `not_found`. */
export async function getSiteSettings(ctx: Ctx, key: string): Promise<SiteSettings> {
	requireAdmin(ctx);
	return presentSettings(ctx.app, await getSite(ctx, { key }));
}
