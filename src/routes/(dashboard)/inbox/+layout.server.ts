import { listQuery, readFilter } from '#lib/client/inbox/session-filter.ts';
import { shown } from '#lib/server/pages.ts';
import { countSessions, listSessions } from '#lib/server/conversations/sessions/index.ts';
import { listUsers } from '#lib/server/team/users/index.ts';
import type { LayoutServerLoad } from './$types';

export const load: LayoutServerLoad = async ({ locals: { ctx }, url }) => {
	const filter = readFilter((name) => url.searchParams.get(name));
	const query = listQuery(filter, ctx.app.clock().getTime());
	const [page, counts, users] = await Promise.all([
		shown(listSessions(ctx, query)),
		shown(countSessions(ctx, { site: filter.site })),
		shown(listUsers(ctx)),
	]);
	const people = users.filter((user) => user.is_active).map(({ id, name }) => ({ id, name }));
	return { inbox: { filter, page, counts }, people };
};
