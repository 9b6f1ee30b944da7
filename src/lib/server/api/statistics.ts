import { createRoute, OpenAPIHono } from '@hono/zod-openapi';
import { z } from 'zod';
import { overview, overviewQuery } from '#lib/contract/overview.ts';
import { statistics, statisticsQuery, statisticsTableQuery } from '#lib/contract/statistics.ts';
import { exportStatistics, getOverview, getStatistics } from '../statistics/index.ts';
import { json } from './describe.ts';
import type { ApiEnv } from './env.ts';
import { team } from './team.ts';

const tags = ['Statistics'];

const get = createRoute({
	method: 'get',
	path: '/stats',
	tags,
	summary: 'The statistics of a period, by day, source, site and more, with the period before',
	description:
		'Every number is of the chat sessions that began in the period; test chats are in none. `from` and `to` are ' +
		'days of the time zone (the last one included) or points in time (the last one excluded).',
	...team('stats:read'),
	request: { query: statisticsQuery },
	responses: { 200: json(statistics, 'The statistics') },
});

const download = createRoute({
	method: 'get',
	path: '/stats.csv',
	tags,
	summary: 'One table of the statistics, as CSV',
	...team('stats:read'),
	request: { query: statisticsTableQuery },
	responses: {
		200: { description: 'One line a row', content: { 'text/csv': { schema: z.string() } } },
	},
});

const today = createRoute({
	method: 'get',
	path: '/stats/overview',
	tags,
	summary: 'Today against the same time yesterday and a week ago, and what needs attention',
	...team('stats:read'),
	request: { query: overviewQuery },
	responses: { 200: json(overview, 'The overview') },
});

/** Statistics. */
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
