import { getAiGreetings } from '#lib/server/embed/index.ts';
import { withPageErrors } from '#lib/server/pages.ts';
import { getSiteSettings } from '#lib/server/sites/index.ts';
import type { LayoutServerLoad } from './$types';

export const load: LayoutServerLoad = async ({ locals: { ctx }, params: { key } }) => {
	const [site, aiGreetings] = await withPageErrors(
		Promise.all([getSiteSettings(ctx, key), getAiGreetings(ctx, key)]),
	);
	return { site, aiGreetings };
};
