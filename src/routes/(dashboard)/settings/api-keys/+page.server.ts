import { listApiKeys } from '#lib/server/team/api-keys/index.ts';
import { withPageErrors } from '#lib/server/pages.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals }) => ({
	api_keys: await withPageErrors(listApiKeys(locals.ctx)),
	/** Whether API_KEY is short enough to guess. */
	is_server_key_short: locals.ctx.app.config.guessableSecrets.includes('API_KEY'),
});
