import { readView, buildViewQuery } from '#lib/client/automation/automation-filter.ts';
import { withPageErrors } from '#lib/server/pages.ts';
import { listSites } from '#lib/server/sites/index.ts';
import { listDeliveries, listEndpointNames } from '#lib/server/delivery/webhooks/index.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals: { ctx }, url }) => {
	const view = readView('deliveries', url.searchParams);
	const [deliveries, sites, endpoints] = await Promise.all([
		withPageErrors(listDeliveries(ctx, buildViewQuery(view, ctx.app.clock()))),
		withPageErrors(listSites(ctx)),
		withPageErrors(listEndpointNames(ctx)),
	]);
	return { view, deliveries, sites, endpoints };
};
