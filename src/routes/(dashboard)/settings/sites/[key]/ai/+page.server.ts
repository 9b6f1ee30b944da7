import { getN8nConnection } from '#lib/server/ai/n8n-connection/index.ts';
import { shown } from '#lib/server/pages.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals, params }) => ({
	n8n: await shown(getN8nConnection(locals.ctx, params.key)),
});
