import { buildFilterQuery, buildLeadsQuery, readLeadsView } from '#lib/client/leads/lead-filter.ts';
import { countLeads, listLeads } from '#lib/server/leads/index.ts';
import { withPageErrors } from '#lib/server/pages.ts';
import { listSites } from '#lib/server/sites/index.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals: { ctx }, url }) => {
	const view = readLeadsView(url.searchParams);
	const now = ctx.app.clock();
	const [page, counts, sites] = await Promise.all([
		withPageErrors(listLeads(ctx, { ...buildLeadsQuery(view, now), limit: 50 })),
		withPageErrors(countLeads(ctx, buildFilterQuery(view, now))),
		withPageErrors(listSites(ctx)),
	]);
	return { leads: { view, page, counts }, sites };
};
