import { getTrial } from '#lib/server/ai/challengers/index.ts';
import { getN8nConnection } from '#lib/server/ai/n8n-connection/index.ts';
import { getTurnLimit } from '#lib/server/ai/turns/index.ts';
import { shown } from '#lib/server/pages.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals, params }) => {
	const [n8n, trial, limit] = await Promise.all([
		shown(getN8nConnection(locals.ctx, params.key)),
		shown(getTrial(locals.ctx, params.key)),
		shown(getTurnLimit(locals.ctx, params.key)),
	]);
	return { n8n, trial, limit };
};
