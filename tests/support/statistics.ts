import type { Statistics, StatisticsQuery } from '#lib/contract/statistics.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { getStatistics } from '#lib/server/statistics/index.ts';
import { foldStatistics } from '#lib/server/statistics/unchecked.ts';

/** Returns the statistics once every change so far is counted, for which a server has a job. */
export async function getCountedStatistics(
	ctx: Ctx,
	query: StatisticsQuery = {},
): Promise<Statistics> {
	await foldStatistics(ctx);
	return getStatistics(ctx, query);
}
