import { buildListQuery } from '#lib/client/inbox/session-filter.ts';
import { withPageErrors, getTimeZone } from '#lib/server/pages.ts';
import { listSessions } from '#lib/server/conversations/sessions/index.ts';
import { getFirstSteps } from '#lib/server/team/setup/index.ts';
import { getOverview } from '#lib/server/statistics/index.ts';
import { completedChatsFilter, openChatsFilter } from './overview-lists.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async (event) => {
	const { ctx } = event.locals;
	const now = ctx.app.clock().getTime();
	const time_zone = await withPageErrors(getTimeZone(event));
	const [overview, open, completed, firstSteps] = await Promise.all([
		withPageErrors(getOverview(ctx, { time_zone })),
		withPageErrors(listSessions(ctx, buildListQuery(openChatsFilter, now))),
		withPageErrors(listSessions(ctx, buildListQuery(completedChatsFilter, now))),
		withPageErrors(getFirstSteps(ctx)),
	]);
	return { overview, open, completed, firstSteps };
};
