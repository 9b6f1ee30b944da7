import { getPeriodDays, readPeriod } from '#lib/client/statistics/period.ts';
import { withPageErrors, getTimeZone } from '#lib/server/pages.ts';
import { listSites } from '#lib/server/sites/index.ts';
import { getStatistics } from '#lib/server/statistics/index.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async (event) => {
	const { url } = event;
	const { ctx } = event.locals;
	const choice = readPeriod(url.searchParams);
	const [time_zone, sites] = await Promise.all([
		withPageErrors(getTimeZone(event)),
		withPageErrors(listSites(ctx)),
	]);
	const days = getPeriodDays(choice, ctx.app.clock(), time_zone);
	const query = {
		...days,
		time_zone,
		group_by: 'version' as const,
		...(choice.site && { site: choice.site }),
	};
	// Not awaited, so that the page renders while the statistics load.
	return { choice, days, query, sites, statistics: withPageErrors(getStatistics(ctx, query)) };
};
