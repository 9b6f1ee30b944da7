import { redirect } from '@sveltejs/kit';
import { withPageErrors } from '#lib/server/pages.ts';
import { listSitesOnTrial } from '#lib/server/ai/challengers/index.ts';
import { listSites } from '#lib/server/sites/index.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals: { ctx }, url }) => {
	const session = url.searchParams.get('session');
	if (session) redirect(303, `/playground/replay?session=${encodeURIComponent(session)}`);
	const [sites, onTrial] = await Promise.all([
		withPageErrors(listSites(ctx)),
		withPageErrors(listSitesOnTrial(ctx)),
	]);
	return { sites, onTrial, site: url.searchParams.get('site') };
};
