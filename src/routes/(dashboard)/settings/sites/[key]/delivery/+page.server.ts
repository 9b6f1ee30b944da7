import { shown } from '#lib/server/pages.ts';
import { listEndpoints } from '#lib/server/delivery/webhooks/index.ts';
import type { PageServerLoad } from './$types';

/** More endpoints than this have no place on one page; the API lists them all. */
const SHOWN = 50;

export const load: PageServerLoad = async ({ locals, params }) => ({
	endpoints: await shown(listEndpoints(locals.ctx, { site: params.key, limit: SHOWN })),
});
