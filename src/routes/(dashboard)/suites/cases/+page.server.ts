import { filterText } from '#lib/contract/common.ts';
import { listCases } from '#lib/server/quality/suites/index.ts';
import { withPageErrors } from '#lib/server/pages.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals: { ctx }, url }) => {
	const site = filterText.safeParse(url.searchParams.get('site') ?? undefined).data;
	return { site, cases: await withPageErrors(listCases(ctx, site ? { site } : {})) };
};
