import { leadsQuery, readLeadsView } from '#lib/client/leads/lead-filter.ts';
import { countOverdueLeads, listLeads } from '#lib/server/leads/index.ts';
import { shown } from '#lib/server/pages.ts';
import { listSites } from '#lib/server/sites/index.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals: { ctx }, url }) => {
	const view = readLeadsView(url.searchParams);
	const query = { ...leadsQuery(view, ctx.app.clock()), grouped: true, limit: 50 };
	const [page, overdue, sites] = await Promise.all([
		shown(listLeads(ctx, query)),
		shown(countOverdueLeads(ctx)),
		shown(listSites(ctx)),
	]);
	return { leads: { view, page, overdue }, sites };
};
