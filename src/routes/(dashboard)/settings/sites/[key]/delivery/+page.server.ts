import { withPageErrors } from '#lib/server/pages.ts';
import { listEndpoints } from '#lib/server/delivery/webhooks/index.ts';
import type { PageServerLoad } from './$types';

/** The maximum number of endpoints on the page; the API lists all. */
const MAX_ENDPOINTS = 50;

export const load: PageServerLoad = async ({ locals, params }) => ({
	endpoints: await withPageErrors(
		listEndpoints(locals.ctx, { site: params.key, limit: MAX_ENDPOINTS }),
	),
});
