import { shown } from '$lib/server/pages';
import { getSiteSettings } from '$lib/server/sites';
import type { LayoutServerLoad } from './$types';

export const load: LayoutServerLoad = async ({ locals, params }) => ({
	site: await shown(getSiteSettings(locals.ctx, params.key)),
});
