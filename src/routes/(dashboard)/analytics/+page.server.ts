import { daysOf, readPeriod } from '#lib/client/statistics/period.ts';
import { shown, timeZoneOf } from '#lib/server/pages.ts';
import { listSites } from '#lib/server/sites/index.ts';
import { getStatistics } from '#lib/server/statistics/index.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async (event) => {
	const { url } = event;
	const { ctx } = event.locals;
	const choice = readPeriod(url.searchParams);
	const [time_zone, sites] = await Promise.all([shown(timeZoneOf(event)), shown(listSites(ctx))]);
	const days = daysOf(choice, ctx.app.clock(), time_zone);
	const query = {
		...days,
		time_zone,
		group_by: 'version' as const,
		...(choice.site && { site: choice.site }),
	};
	// Not awaited: the page shows its layout while the numbers are on their way.
	return { choice, days, query, sites, statistics: shown(getStatistics(ctx, query)) };
};
