import { listQuery, readFilter } from '$lib/client/inbox/session-filter';
import { shown } from '$lib/server/pages';
import { countSessions, listSessions } from '$lib/server/sessions';
import { listUsers } from '$lib/server/users';
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
