import { readFilter } from '#lib/client/inbox/read-filter.ts';
import { buildListQuery } from '#lib/client/inbox/session-filter.ts';
import { withPageErrors } from '#lib/server/pages.ts';
import { countSessions, listSessions } from '#lib/server/conversations/sessions/index.ts';
import type { LayoutServerLoad } from './$types';

export const load: LayoutServerLoad = async ({ locals: { ctx }, url }) => {
	const filter = readFilter(url.searchParams);
	const query = buildListQuery(filter, ctx.app.clock().getTime());
	const [page, counts] = await Promise.all([
		withPageErrors(listSessions(ctx, query)),
		withPageErrors(countSessions(ctx, { site: filter.site })),
	]);
	return { inbox: { filter, page, counts } };
};
