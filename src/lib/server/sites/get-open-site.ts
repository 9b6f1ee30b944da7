import type { Ctx } from '../core/context';
import { notFound } from '../core/errors';
import { getSite, type SiteRow } from './get-site';

/** The row of a site that takes new chats; throws NotFound, also when it is archived. */
export async function getOpenSite(ctx: Ctx, key: string): Promise<SiteRow> {
	const site = await getSite(ctx, { key });
	if (site.archived_at) throw notFound(`a site with the key "${key}"`);
	return site;
}
