import { listApiKeys } from '$lib/server/api-keys';
import { shown } from '$lib/server/pages';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals }) => ({
	api_keys: await shown(listApiKeys(locals.ctx)),
});
