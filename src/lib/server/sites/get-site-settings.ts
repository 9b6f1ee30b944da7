import type { SiteSettings } from '#lib/contract/site-settings.ts';
import { requireAdmin } from '../core/permissions.ts';
import type { Ctx } from '../core/context.ts';
import { getSite } from './get-site.ts';
import { presentSettings } from './internal.ts';

/** Everything that can be set of a site, without its secrets; admins only. Throws NotFound. */
export async function getSiteSettings(ctx: Ctx, key: string): Promise<SiteSettings> {
	requireAdmin(ctx);
	return presentSettings(ctx.app, await getSite(ctx, { key }));
}
