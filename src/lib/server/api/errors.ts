import { createRoute, OpenAPIHono } from '@hono/zod-openapi';
import { z } from 'zod';
import { errorGroup, errorListQuery, errorPatch } from '$lib/contract/automation-error';
import { pageOf } from '$lib/contract/common';
import { errorReport } from '$lib/contract/error-report';
import { listErrorGroups, recordError, resolveErrorGroup } from '../automation';
import { body, json, numberParam } from './describe';
import type { ApiEnv } from './env';
import { team } from './team';

const tags = ['Automation errors'];

const report = createRoute({
	method: 'post',
	path: '/',
	tags,
	summary: 'Report a failure, as an n8n error workflow sends it or in the short form',
	...team('errors:write'),
	request: { body: body(errorReport) },
	responses: {
		201: json(
			z.object({ id: z.number().int(), group_id: z.number().int() }),
			'The failure, and the group of those of the same cause',
		),
	},
});

const list = createRoute({
	method: 'get',
	path: '/',
	tags,
	summary: 'Failures by workflow, node and cause, last seen first',
	...team('errors:read'),
	request: { query: errorListQuery },
	responses: { 200: json(pageOf(errorGroup), 'A page of groups') },
});

const change = createRoute({
	method: 'patch',
	path: '/{group_id}',
	tags,
	summary: 'Mark a group of failures as resolved, or as open again',
	...team('errors:write'),
	request: { params: z.object({ group_id: numberParam }), body: body(errorPatch) },
	responses: { 200: json(errorGroup, 'The group as it is now') },
});

/** Failures of workflows. */
export function errorRoutes() {
	const routes = new OpenAPIHono<ApiEnv>();
	routes.openapi(report, async (c) =>
		c.json(await recordError(c.var.ctx, c.req.valid('json')), 201),
	);
	routes.openapi(list, async (c) =>
		c.json(await listErrorGroups(c.var.ctx, c.req.valid('query')), 200),
	);
	routes.openapi(change, async (c) => {
		const { resolved } = c.req.valid('json');
		return c.json(await resolveErrorGroup(c.var.ctx, c.req.valid('param').group_id, resolved), 200);
	});
	return routes;
}
