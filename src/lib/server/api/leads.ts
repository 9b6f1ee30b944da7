import { createRoute, OpenAPIHono } from '@hono/zod-openapi';
import { z } from 'zod';
import { pageOf } from '$lib/contract/common';
import { lead, leadFilter, leadListQuery } from '$lib/contract/lead';
import { exportLeads, listLeads } from '../leads';
import { json } from './describe';
import type { ApiEnv } from './env';
import { streamOf } from './stream';
import { team } from './team';

const tags = ['Leads'];

const list = createRoute({
	method: 'get',
	path: '/leads',
	tags,
	summary: 'Leads that match a filter, newest first',
	...team('leads:read'),
	request: { query: leadListQuery },
	responses: { 200: json(pageOf(lead), 'A page of leads') },
});

const download = createRoute({
	method: 'get',
	path: '/leads.csv',
	tags,
	summary: 'All leads that match a filter, as CSV',
	...team('leads:read'),
	request: { query: leadFilter },
	responses: {
		200: { description: 'One line a lead', content: { 'text/csv': { schema: z.string() } } },
	},
});

/** Leads of all chat sessions. */
export function leadRoutes() {
	const routes = new OpenAPIHono<ApiEnv>();
	routes.openapi(list, async (c) => c.json(await listLeads(c.var.ctx, c.req.valid('query')), 200));
	routes.openapi(download, (c) => {
		const lines = exportLeads(c.var.ctx, c.req.valid('query'));
		return c.body(streamOf(lines), 200, {
			'Content-Type': 'text/csv; charset=utf-8',
			'Content-Disposition': 'attachment; filename="leads.csv"',
		});
	});
	return routes;
}
