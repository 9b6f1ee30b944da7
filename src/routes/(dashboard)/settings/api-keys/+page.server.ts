import { listApiKeys } from '#lib/server/team/api-keys/index.ts';
import { shown } from '#lib/server/pages.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals }) => ({
	api_keys: await shown(listApiKeys(locals.ctx)),
	/** The key from the environment is short enough to be guessed. */
	is_own_key_short: locals.ctx.app.config.guessable.includes('API_KEY'),
});
