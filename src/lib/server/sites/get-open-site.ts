import type { Ctx } from '../core/context.ts';
import { notFound } from '../core/errors.ts';
import { getSite, type SiteRow } from './get-site.ts';

/** The row of a site that takes new chats; throws NotFound, also when it is archived. */
export async function getOpenSite(ctx: Ctx, key: string): Promise<SiteRow> {
	const site = await getSite(ctx, { key });
	if (site.archived_at) throw notFound(`a site with the key "${key}"`);
	return site;
}
