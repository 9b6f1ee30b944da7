import { error } from '@sveltejs/kit';
import { getSuite, listRuns } from '#lib/server/quality/suites/index.ts';
import { shown } from '#lib/server/pages.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals: { ctx }, params }) => {
	const id = Number(params.id);
	if (!Number.isSafeInteger(id)) error(404, 'This suite does not exist.');
	const [suite, runs] = await Promise.all([
		shown(getSuite(ctx, id)),
		shown(listRuns(ctx, id, { limit: 20 })),
	]);
	return { suite, runs };
};
