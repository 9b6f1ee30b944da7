import { filterQuery, leadsQuery, readLeadsView } from '#lib/client/leads/lead-filter.ts';
import { countLeads, listLeads } from '#lib/server/leads/index.ts';
import { shown } from '#lib/server/pages.ts';
import { listSites } from '#lib/server/sites/index.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals: { ctx }, url }) => {
	const view = readLeadsView(url.searchParams);
	const now = ctx.app.clock();
	const [page, counts, sites] = await Promise.all([
		shown(listLeads(ctx, { ...leadsQuery(view, now), limit: 50 })),
		shown(countLeads(ctx, filterQuery(view, now))),
		shown(listSites(ctx)),
	]);
	return { leads: { view, page, counts }, sites };
};
