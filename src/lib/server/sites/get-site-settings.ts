import type { SiteSettings } from '#lib/contract/site-settings.ts';
import { requireAdmin } from '../core/permissions';
import type { Ctx } from '../core/context';
import { getSite } from './get-site';
import { presentSettings } from './internal';

/** Everything that can be set of a site, without its secrets; admins only. Throws NotFound. */
export async function getSiteSettings(ctx: Ctx, key: string): Promise<SiteSettings> {
	requireAdmin(ctx);
	return presentSettings(ctx.app, await getSite(ctx, { key }));
}
