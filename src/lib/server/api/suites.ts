import { createRoute, OpenAPIHono } from '@hono/zod-openapi';
import { z } from 'zod';
import { pageSchema, pageQuery } from '#lib/contract/common.ts';
import {
	caseResultDetail,
	issueReplayInput,
	suite,
	suiteDetail,
	suiteInput,
	suiteListQuery,
	suiteRun,
	suiteRunDetail,
	suiteRunInput,
	suiteRunQuery,
	suiteUpdate,
} from '#lib/contract/suite.ts';
import {
	cancelRun,
	createSuite,
	deleteSuite,
	getCaseResult,
	getRun,
	getSuite,
	listRuns,
	listSuites,
	replayIssues,
	startRun,
	updateSuite,
} from '../quality/suites/index.ts';
import { type ApiEnv, documentErrors, body, json, numberParam, optionalBody } from './route.ts';
import { team } from './team.ts';

const read = { tags: ['Test cases and suites'], ...team('quality:read') };
const write = { tags: ['Test cases and suites'], ...team('quality:write') };
const params = z.object({ id: numberParam });

const suites = {
	list: createRoute({
		...read,
		method: 'get',
		path: '/',
		summary: 'List suites',
		description: 'Newest first, each with its latest 20 runs.',
		request: { query: suiteListQuery },
		responses: { 200: json(pageSchema(suite), 'A page of suites') },
	}),
	create: createRoute({
		...write,
		method: 'post',
		path: '/',
		summary: 'Create a suite',
		request: { body: body(suiteInput) },
		...documentErrors('not_found'),
		responses: { 201: json(suiteDetail, 'The suite') },
	}),
	replayIssues: createRoute({
		...write,
		method: 'post',
		path: '/replay-issues',
		summary: 'Replay all open issues',
		description:
			'Runs the chats of a site that have an open review issue, as the suite "Open issues". Also requires `sessions:read`.',
		request: { body: body(issueReplayInput) },
		...documentErrors('not_found'),
		responses: { 202: json(suiteRun, 'The queued run') },
	}),
	get: createRoute({
		...read,
		method: 'get',
		path: '/{id}',
		summary: 'Get a suite',
		description: 'Includes its cases and its latest 20 runs.',
		request: { params },
		responses: { 200: json(suiteDetail, 'The suite') },
	}),
	update: createRoute({
		...write,
		method: 'patch',
		path: '/{id}',
		summary: 'Update a suite',
		request: { params, body: body(suiteUpdate) },
		responses: { 200: json(suiteDetail, 'The suite') },
	}),
	delete: createRoute({
		...write,
		method: 'delete',
		path: '/{id}',
		summary: 'Delete a suite',
		description: 'Its runs are deleted too; its cases are kept.',
		request: { params },
		responses: { 204: { description: 'The suite is deleted' } },
	}),
	listRuns: createRoute({
		...read,
		method: 'get',
		path: '/{id}/runs',
		summary: 'List the runs of a suite',
		description: 'Newest first.',
		request: { params, query: pageQuery },
		responses: { 200: json(pageSchema(suiteRun), 'A page of runs') },
	}),
	startRun: createRoute({
		...write,
		method: 'post',
		path: '/{id}/runs',
		summary: 'Run a suite',
		description:
			"Runs against the site's AI, its challenger (with `arm`), or another webhook (with a candidate). Every call has `is_test: true`; nothing is delivered or counted.",
		request: { params, body: optionalBody(suiteRunInput) },
		responses: { 202: json(suiteRun, 'The queued run') },
	}),
};

/** Returns the routes of suites. */
export function suiteRoutes() {
	return new OpenAPIHono<ApiEnv>()
		.openapi(suites.list, async (c) =>
			c.json(await listSuites(c.var.ctx, c.req.valid('query')), 200),
		)
		.openapi(suites.create, async (c) =>
			c.json(await createSuite(c.var.ctx, c.req.valid('json')), 201),
		)
		.openapi(suites.replayIssues, async (c) =>
			c.json(await replayIssues(c.var.ctx, c.req.valid('json')), 202),
		)
		.openapi(suites.get, async (c) =>
			c.json(await getSuite(c.var.ctx, c.req.valid('param').id), 200),
		)
		.openapi(suites.update, async (c) =>
			c.json(await updateSuite(c.var.ctx, c.req.valid('param').id, c.req.valid('json')), 200),
		)
		.openapi(suites.delete, async (c) => {
			await deleteSuite(c.var.ctx, c.req.valid('param').id);
			return c.body(null, 204);
		})
		.openapi(suites.listRuns, async (c) =>
			c.json(await listRuns(c.var.ctx, c.req.valid('param').id, c.req.valid('query')), 200),
		)
		.openapi(suites.startRun, async (c) =>
			c.json(await startRun(c.var.ctx, c.req.valid('param').id, c.req.valid('json')), 202),
		);
}

const runs = {
	get: createRoute({
		...read,
		method: 'get',
		path: '/{id}',
		summary: 'Get a suite run',
		description: 'Includes the result of each case, most important first.',
		request: { params, query: suiteRunQuery },
		responses: { 200: json(suiteRunDetail, 'The run') },
	}),
	cancel: createRoute({
		...write,
		method: 'post',
		path: '/{id}/cancel',
		summary: 'Cancel a suite run',
		description:
			'Finished test cases keep their results. Finished runs are unchanged. Endpoints get `suite_run.finished` with the status `cancelled`.',
		request: { params },
		responses: { 200: json(suiteRun, 'The run') },
	}),
	getResult: createRoute({
		...read,
		method: 'get',
		path: '/{id}/results/{case_id}',
		summary: 'Get the result of one case in a run',
		description:
			'Includes all attempts, and the transcript to compare with: from the previous run, or else from the original chat (requires `sessions:read`).',
		request: { params: params.extend({ case_id: numberParam }) },
		responses: { 200: json(caseResultDetail, 'The result') },
	}),
};

/** Returns the routes of suite runs. */
export function suiteRunRoutes() {
	return new OpenAPIHono<ApiEnv>()
		.openapi(runs.get, async (c) =>
			c.json(await getRun(c.var.ctx, c.req.valid('param').id, c.req.valid('query')), 200),
		)
		.openapi(runs.cancel, async (c) =>
			c.json(await cancelRun(c.var.ctx, c.req.valid('param').id), 200),
		)
		.openapi(runs.getResult, async (c) => {
			const { id, case_id } = c.req.valid('param');
			return c.json(await getCaseResult(c.var.ctx, id, case_id), 200);
		});
}
