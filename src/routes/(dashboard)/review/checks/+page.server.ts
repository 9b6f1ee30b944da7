import { withPageErrors } from '#lib/server/pages.ts';
import { listChecks } from '#lib/server/quality/checks/index.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals: { ctx } }) => ({
	checks: await withPageErrors(listChecks(ctx)),
});
