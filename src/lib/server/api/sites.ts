import { createRoute, OpenAPIHono } from '@hono/zod-openapi';
import { z } from 'zod';
import { pageSchema, pageQuery } from '#lib/contract/common.ts';
import { connectorInput, callReport } from '#lib/contract/connector.ts';
import { pageTest, pageTestInput } from '#lib/contract/page-test.ts';
import { siteKey, workflowQuestion } from '#lib/contract/site.ts';
import { siteInput, siteSettings, siteSummary, siteUpdate } from '#lib/contract/site-settings.ts';
import { testConnection } from '../ai/turns/index.ts';
import { testPage } from '../embed/index.ts';
import {
	createSite,
	getSiteSettings,
	listSiteQuestions,
	listSiteSummaries,
	updateSite,
} from '../sites/index.ts';
import { type ApiEnv, body, json } from './route.ts';
import { limitActor, team } from './team.ts';

const tags = ['Sites'];
const params = z.object({ key: siteKey });

const list = createRoute({
	method: 'get',
	path: '/',
	tags,
	summary: 'List sites',
	description: 'Newest first, each with its activity in the last seven days.',
	...team('admin'),
	request: { query: pageQuery },
	responses: { 200: json(pageSchema(siteSummary), 'A page of sites') },
});

const create = createRoute({
	method: 'post',
	path: '/',
	tags,
	summary: 'Create a site',
	...team('admin'),
	request: { body: body(siteInput) },
	responses: { 201: json(siteSettings, 'The site') },
});

const get = createRoute({
	method: 'get',
	path: '/{key}',
	tags,
	summary: "Get a site's settings",
	description: 'Secrets are never returned.',
	...team('admin'),
	request: { params },
	responses: { 200: json(siteSettings, 'The site') },
});

const update = createRoute({
	method: 'patch',
	path: '/{key}',
	tags,
	summary: 'Update a site',
	description: 'Omitted settings keep their values.',
	...team('admin'),
	request: { params, body: body(siteUpdate) },
	responses: { 200: json(siteSettings, 'The site') },
});

const listQuestions = createRoute({
	method: 'get',
	path: '/{key}/questions',
	tags,
	summary: "List a site's questions",
	description: 'In the order they are asked, as sent to the AI webhook in `questions`.',
	...team('sessions:read'),
	request: { params },
	responses: { 200: json(pageSchema(workflowQuestion), 'All questions, on one page') },
});

const testConnector = createRoute({
	method: 'post',
	path: '/{key}/connector/test',
	tags,
	summary: 'Test a connector',
	description:
		'Requests a greeting and one reply without creating a chat session, and explains the result.',
	...team('admin'),
	request: { params, body: body(connectorInput) },
	responses: { 200: json(callReport, 'The result of the test, even if it failed') },
});

const pageTestRoute = createRoute({
	method: 'post',
	path: '/{key}/page-test',
	tags,
	summary: 'Test a page',
	description:
		"Fetches a page and returns whether it shows the site's chat, and what prevents it. Scripts on the page aren't run. Limited to 20 tests per minute.",
	...team('admin'),
	request: { params, body: body(pageTestInput) },
	responses: { 200: json(pageTest, "The result, even if the page can't be fetched") },
});

/** Returns the routes for sites and their settings. */
export function siteRoutes() {
	return new OpenAPIHono<ApiEnv>()
		.openapi(list, async (c) =>
			c.json(await listSiteSummaries(c.var.ctx, c.req.valid('query')), 200),
		)
		.openapi(create, async (c) => c.json(await createSite(c.var.ctx, c.req.valid('json')), 201))
		.openapi(get, async (c) =>
			c.json(await getSiteSettings(c.var.ctx, c.req.valid('param').key), 200),
		)
		.openapi(update, async (c) =>
			c.json(await updateSite(c.var.ctx, c.req.valid('param').key, c.req.valid('json')), 200),
		)
		.openapi(listQuestions, async (c) =>
			c.json(await listSiteQuestions(c.var.ctx, c.req.valid('param').key), 200),
		)
		.openapi(testConnector, async (c) =>
			c.json(await testConnection(c.var.ctx, c.req.valid('param').key, c.req.valid('json')), 200),
		)
		.openapi(pageTestRoute, async (c) => {
			await limitActor(c, 'page_test');
			return c.json(await testPage(c.var.ctx, c.req.valid('param').key, c.req.valid('json')), 200);
		});
}
