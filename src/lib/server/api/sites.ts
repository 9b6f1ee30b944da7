import { createRoute, OpenAPIHono } from '@hono/zod-openapi';
import { z } from 'zod';
import { pageOf, pageQuery } from '#lib/contract/common.ts';
import { connectorInput, connectorTrial } from '#lib/contract/connector.ts';
import { siteKey } from '#lib/contract/site.ts';
import { siteInput, siteSettings, siteSummary, siteUpdate } from '#lib/contract/site-settings.ts';
import { tryConnector } from '../ai/turns/index.ts';
import { createSite, getSiteSettings, listSiteSummaries, updateSite } from '../sites/index.ts';
import { body, json } from './describe.ts';
import type { ApiEnv } from './env.ts';
import { team } from './team.ts';

const tags = ['Sites'];
const params = z.object({ key: siteKey });

const list = createRoute({
	method: 'get',
	path: '/',
	tags,
	summary: 'All sites, newest first, with what happened there in the last seven days',
	...team('admin'),
	request: { query: pageQuery },
	responses: { 200: json(pageOf(siteSummary), 'A page of sites') },
});

const create = createRoute({
	method: 'post',
	path: '/',
	tags,
	summary: 'Make a site',
	...team('admin'),
	request: { body: body(siteInput) },
	responses: { 201: json(siteSettings, 'The site') },
});

const get = createRoute({
	method: 'get',
	path: '/{key}',
	tags,
	summary: 'What is set of a site; secrets are never given',
	...team('admin'),
	request: { params },
	responses: { 200: json(siteSettings, 'The site') },
});

const update = createRoute({
	method: 'patch',
	path: '/{key}',
	tags,
	summary: 'Change parts of a site; those that are not given stay as they are',
	...team('admin'),
	request: { params, body: body(siteUpdate) },
	responses: { 200: json(siteSettings, 'The site') },
});

const tryOut = createRoute({
	method: 'post',
	path: '/{key}/connector/test',
	tags,
	summary:
		'Ask an AI for its greeting and for the answer to a message, without a chat session, and explain what came back',
	...team('admin'),
	request: { params, body: body(connectorInput) },
	responses: { 200: json(connectorTrial, 'What came back, also when it is a failure') },
});

/** Sites and everything that can be set of them. */
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
		.openapi(tryOut, async (c) =>
			c.json(await tryConnector(c.var.ctx, c.req.valid('param').key, c.req.valid('json')), 200),
		);
}
