import { listQuery } from '$lib/client/inbox/session-filter';
import { shown, timeZoneOf } from '$lib/server/pages';
import { listSessions } from '$lib/server/sessions';
import { getFirstSteps } from '$lib/server/setup';
import { getOverview } from '$lib/server/statistics';
import { completedChats, openChats } from './overview-lists';
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
