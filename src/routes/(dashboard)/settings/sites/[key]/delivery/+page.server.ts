import { shown } from '#lib/server/pages.ts';
import { listEndpoints } from '#lib/server/delivery/webhooks/index.ts';
import type { PageServerLoad } from './$types';

/** The page shows at most this many endpoints; the API lists all. */
const SHOWN = 50;

export const load: PageServerLoad = async ({ locals, params }) => ({
	endpoints: await shown(listEndpoints(locals.ctx, { site: params.key, limit: SHOWN })),
});
