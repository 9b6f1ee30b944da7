import { getTrial } from '#lib/server/ai/challengers/index.ts';
import { getN8nConnection } from '#lib/server/ai/n8n-connection/index.ts';
import { getTurnLimit } from '#lib/server/ai/turns/index.ts';
import { withPageErrors } from '#lib/server/pages.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals, params }) => {
	const [n8n, trial, limit] = await Promise.all([
		withPageErrors(getN8nConnection(locals.ctx, params.key)),
		withPageErrors(getTrial(locals.ctx, params.key)),
		withPageErrors(getTurnLimit(locals.ctx, params.key)),
	]);
	return { n8n, trial, limit };
};
