import { createRoute, OpenAPIHono } from '@hono/zod-openapi';
import { z } from 'zod';
import {
	automationError,
	automationErrorDetail,
	errorGroup,
	errorListQuery,
	errorPatch,
} from '#lib/contract/automation-error.ts';
import { pageOf, pageQuery } from '#lib/contract/common.ts';
import { errorReport } from '#lib/contract/error-report.ts';
import {
	getErrorGroup,
	getFailure,
	listErrorGroups,
	listFailures,
	recordError,
	resolveErrorGroup,
} from '../quality/automation-errors/index.ts';
import { body, json, numberParam } from './describe.ts';
import type { ApiEnv } from './env.ts';
import { team } from './team.ts';

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

const ofGroup = z.object({ group_id: numberParam });

const get = createRoute({
	method: 'get',
	path: '/{group_id}',
	tags,
	summary: 'A group of failures, with its newest one',
	...team('errors:read'),
	request: { params: ofGroup },
	responses: { 200: json(errorGroup, 'The group') },
});

const failures = createRoute({
	method: 'get',
	path: '/{group_id}/failures',
	tags,
	summary: 'The failures of a group, newest first',
	...team('errors:read'),
	request: { params: ofGroup, query: pageQuery },
	responses: { 200: json(pageOf(automationError), 'A page of failures') },
});

const failure = createRoute({
	method: 'get',
	path: '/{group_id}/failures/{id}',
	tags,
	summary: 'One failure with its stack',
	...team('errors:read'),
	request: { params: ofGroup.extend({ id: numberParam }) },
	responses: { 200: json(automationErrorDetail, 'The failure') },
});

const change = createRoute({
	method: 'patch',
	path: '/{group_id}',
	tags,
	summary: 'Mark a group of failures as resolved, or as open again',
	...team('errors:write'),
	request: { params: ofGroup, body: body(errorPatch) },
	responses: { 200: json(errorGroup, 'The group as it is now') },
});

/** Failures of workflows. */
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
