import { error } from '@sveltejs/kit';
import { urlInteger } from '#lib/contract/common.ts';
import { getCase } from '#lib/server/quality/suites/index.ts';
import { withPageErrors } from '#lib/server/pages.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals: { ctx }, params }) => {
	const id = urlInteger(1).safeParse(params.id).data;
	if (id === undefined) error(404, 'This test case doesn’t exist.');
	return { testCase: await withPageErrors(getCase(ctx, id)) };
};
