import { readView, viewQuery } from '$lib/client/automation/automation-filter';
import { listSiteTurns, listTurns } from '$lib/server/ai';
import { shown } from '$lib/server/pages';
import { listSites } from '$lib/server/sites';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals: { ctx }, url }) => {
	const view = readView('turns', url.searchParams);
	const [turns, bySite, sites] = await Promise.all([
		shown(listTurns(ctx, viewQuery(view, ctx.app.clock()))),
		shown(listSiteTurns(ctx)),
		shown(listSites(ctx)),
	]);
	return { view, turns, bySite, sites };
};
