import { withPageErrors } from '#lib/server/pages.ts';
import { listSiteSummaries } from '#lib/server/sites/index.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals }) => ({
	sites: await withPageErrors(listSiteSummaries(locals.ctx, { limit: 200 })),
});
