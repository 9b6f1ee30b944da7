import { listQuery } from '#lib/client/inbox/session-filter.ts';
import { shown, timeZoneOf } from '#lib/server/pages.ts';
import { listSessions } from '#lib/server/conversations/sessions/index.ts';
import { getFirstSteps } from '#lib/server/team/setup/index.ts';
import { getOverview } from '#lib/server/statistics/index.ts';
import { completedChats, openChats } from './overview-lists.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async (event) => {
	const { ctx } = event.locals;
	const now = ctx.app.clock().getTime();
	const time_zone = await shown(timeZoneOf(event));
	const [overview, open, completed, firstSteps] = await Promise.all([
		shown(getOverview(ctx, { time_zone })),
		shown(listSessions(ctx, listQuery(openChats, now))),
		shown(listSessions(ctx, listQuery(completedChats, now))),
		shown(getFirstSteps(ctx)),
	]);
	return { overview, open, completed, firstSteps };
};
