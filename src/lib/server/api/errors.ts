import { createRoute, OpenAPIHono } from '@hono/zod-openapi';
import { z } from 'zod';
import {
	automationError,
	automationErrorDetail,
	errorGroup,
	errorListQuery,
	errorPatch,
	errorReport,
} from '#lib/contract/automation-error.ts';
import { pageSchema, pageQuery } from '#lib/contract/common.ts';
import {
	getErrorGroup,
	getFailure,
	listErrorGroups,
	listFailures,
	recordError,
	resolveErrorGroup,
} from '../quality/automation-errors/index.ts';
import { type ApiEnv, body, json, numberParam } from './route.ts';
import { team } from './team.ts';

const tags = ['Automation errors'];

const report = createRoute({
	method: 'post',
	path: '/',
	tags,
	summary: 'Report a failure',
	description:
		'Accepts the output of n8n’s Error Trigger, or an object with at least `workflow` and `message`.',
	...team('errors:write'),
	request: { body: body(errorReport) },
	responses: {
		201: json(
			z.object({ id: z.number().int(), group_id: z.number().int() }),
			'The ids of the failure and its error group',
		),
	},
});

const list = createRoute({
	method: 'get',
	path: '/',
	tags,
	summary: 'List error groups',
	description: 'Failures grouped by workflow, node and cause; most recently seen first.',
	...team('errors:read'),
	request: { query: errorListQuery },
	responses: { 200: json(pageSchema(errorGroup), 'A page of error groups') },
});

const groupParams = z.object({ group_id: numberParam });

const get = createRoute({
	method: 'get',
	path: '/{group_id}',
	tags,
	summary: 'Get an error group',
	description: 'Includes its most recent failure.',
	...team('errors:read'),
	request: { params: groupParams },
	responses: { 200: json(errorGroup, 'The error group') },
});

const failures = createRoute({
	method: 'get',
	path: '/{group_id}/failures',
	tags,
	summary: "List an error group's failures",
	description: 'Newest first.',
	...team('errors:read'),
	request: { params: groupParams, query: pageQuery },
	responses: { 200: json(pageSchema(automationError), 'A page of failures') },
});

const failure = createRoute({
	method: 'get',
	path: '/{group_id}/failures/{id}',
	tags,
	summary: 'Get a failure',
	description: 'Includes its stack trace.',
	...team('errors:read'),
	request: { params: groupParams.extend({ id: numberParam }) },
	responses: { 200: json(automationErrorDetail, 'The failure') },
});

const change = createRoute({
	method: 'patch',
	path: '/{group_id}',
	tags,
	summary: 'Resolve or reopen an error group',
	...team('errors:write'),
	request: { params: groupParams, body: body(errorPatch) },
	responses: { 200: json(errorGroup, 'The updated error group') },
});

/** Returns the routes that report workflow failures and resolve error groups. */
export function errorRoutes() {
	return new OpenAPIHono<ApiEnv>()
		.openapi(report, async (c) => c.json(await recordError(c.var.ctx, c.req.valid('json')), 201))
		.openapi(list, async (c) => c.json(await listErrorGroups(c.var.ctx, c.req.valid('query')), 200))
		.openapi(get, async (c) =>
			c.json(await getErrorGroup(c.var.ctx, c.req.valid('param').group_id), 200),
		)
		.openapi(failures, async (c) => {
			const { group_id } = c.req.valid('param');
			return c.json(await listFailures(c.var.ctx, group_id, c.req.valid('query')), 200);
		})
		.openapi(failure, async (c) => {
			const { group_id, id } = c.req.valid('param');
			return c.json(await getFailure(c.var.ctx, group_id, id), 200);
		})
		.openapi(change, async (c) => {
			const { resolved } = c.req.valid('json');
			return c.json(
				await resolveErrorGroup(c.var.ctx, c.req.valid('param').group_id, resolved),
				200,
			);
		});
}
