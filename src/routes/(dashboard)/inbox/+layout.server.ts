import { readFilter, listQuery } from '$lib/client/session-filter';
import { shown } from '$lib/server/pages';
import { listSessions } from '$lib/server/sessions';
import { listSites } from '$lib/server/sites';
import type { LayoutServerLoad } from './$types';

export const load: LayoutServerLoad = async ({ locals, url }) => {
	const filter = readFilter((name) => url.searchParams.get(name));
	const [page, sites] = await Promise.all([
		shown(listSessions(locals.ctx, listQuery(filter))),
		shown(listSites(locals.ctx)),
	]);
	return { inbox: { filter, page }, sites };
};
