import { composeAiGreetings } from '#lib/server/embed/index.ts';
import { withPageErrors } from '#lib/server/pages.ts';
import { getSiteSettings } from '#lib/server/sites/index.ts';
import type { LayoutServerLoad } from './$types';

export const load: LayoutServerLoad = async ({ locals, params }) => {
	const site = await withPageErrors(getSiteSettings(locals.ctx, params.key));
	return { site, aiGreetings: composeAiGreetings(site) };
};
