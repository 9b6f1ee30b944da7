import { readView, buildViewQuery } from '#lib/client/automation/automation-filter.ts';
import { listSiteTurns, listTurns } from '#lib/server/ai/turns/index.ts';
import { withPageErrors } from '#lib/server/pages.ts';
import { listSites } from '#lib/server/sites/index.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals: { ctx }, url }) => {
	const view = readView('turns', url.searchParams);
	const [turns, bySite, sites] = await Promise.all([
		withPageErrors(listTurns(ctx, buildViewQuery(view, ctx.app.clock()))),
		withPageErrors(listSiteTurns(ctx)),
		withPageErrors(listSites(ctx)),
	]);
	return { view, turns, bySite, sites };
};
