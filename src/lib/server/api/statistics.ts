import { createRoute, OpenAPIHono } from '@hono/zod-openapi';
import { z } from 'zod';
import { overview, overviewQuery } from '#lib/contract/overview.ts';
import { statistics, statisticsQuery, statisticsTableQuery } from '#lib/contract/statistics.ts';
import { exportStatistics, getOverview, getStatistics } from '../statistics/index.ts';
import { type ApiEnv, documentErrors, json } from './route.ts';
import { team } from './team.ts';

const tags = ['Statistics'];

const get = createRoute({
	method: 'get',
	path: '/stats',
	tags,
	summary: 'Get statistics',
	description:
		'Totals and breakdowns by day, source, site and more, compared with the previous period. Counts chat sessions started in the period, without test chats. `from` and `to` are days in the time zone (inclusive) or timestamps (`to` is exclusive). `group_by=version` adds the figures of each version of the AI. Changes are included within about a second.',
	...team('stats:read'),
	request: { query: statisticsQuery },
	...documentErrors('not_found'),
	responses: { 200: json(statistics, 'The statistics') },
});

const download = createRoute({
	method: 'get',
	path: '/stats.csv',
	tags,
	summary: 'Export a statistics table as CSV',
	...team('stats:read'),
	request: { query: statisticsTableQuery },
	...documentErrors('not_found'),
	responses: {
		200: { description: 'The table', content: { 'text/csv': { schema: z.string() } } },
	},
});

const today = createRoute({
	method: 'get',
	path: '/stats/overview',
	tags,
	summary: 'Get the overview',
	description:
		'Compares today so far with the same time yesterday and a week ago, and lists what needs attention.',
	...team('stats:read'),
	request: { query: overviewQuery },
	...documentErrors('not_found'),
	responses: { 200: json(overview, 'The overview') },
});

/** Returns the routes for statistics. */
export function statisticsRoutes() {
	return new OpenAPIHono<ApiEnv>()
		.openapi(get, async (c) => c.json(await getStatistics(c.var.ctx, c.req.valid('query')), 200))
		.openapi(today, async (c) => c.json(await getOverview(c.var.ctx, c.req.valid('query')), 200))
		.openapi(download, async (c) => {
			const query = c.req.valid('query');
			return c.body(await exportStatistics(c.var.ctx, query), 200, {
				'Content-Type': 'text/csv; charset=utf-8',
				'Content-Disposition': `attachment; filename="statistics-${query.table}.csv"`,
			});
		});
}
