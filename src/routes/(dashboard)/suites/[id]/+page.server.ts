import { error } from '@sveltejs/kit';
import { urlInteger } from '#lib/contract/common.ts';
import { listSitesOnTrial } from '#lib/server/ai/challengers/index.ts';
import { getSuite } from '#lib/server/quality/suites/index.ts';
import { withPageErrors } from '#lib/server/pages.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals: { ctx }, params }) => {
	const id = urlInteger(1).safeParse(params.id).data;
	if (id === undefined) error(404, 'This suite doesn’t exist.');
	const [suite, onTrial] = await Promise.all([
		withPageErrors(getSuite(ctx, id)),
		withPageErrors(listSitesOnTrial(ctx)),
	]);
	return { suite, hasChallenger: onTrial.includes(suite.site) };
};
