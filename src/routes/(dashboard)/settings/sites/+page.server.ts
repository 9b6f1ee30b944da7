import { shown } from '$lib/server/pages';
import { listSiteSummaries } from '$lib/server/sites';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals }) => ({
	sites: await shown(listSiteSummaries(locals.ctx, {})),
});
