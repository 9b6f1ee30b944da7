import { createRoute, OpenAPIHono } from '@hono/zod-openapi';
import { z } from 'zod';
import {
	n8nConnectInput,
	n8nConnection,
	n8nDisconnectInput,
	n8nWorkflow,
} from '#lib/contract/n8n.ts';
import { siteKey } from '#lib/contract/site.ts';
import {
	connectN8n,
	disconnectN8n,
	downloadWorkflow,
	getN8nConnection,
} from '../ai/n8n-connection/index.ts';
import { type ApiEnv, body, json } from './route.ts';
import { team } from './team.ts';

const tags = ['Sites'];
const params = z.object({ key: siteKey });

const get = createRoute({
	method: 'get',
	path: '/{key}/n8n',
	tags,
	summary: "Get a site's n8n connection",
	description:
		'Lists the resources that Frontdesk created in n8n and the progress of the latest run.',
	...team('admin'),
	request: { params },
	responses: { 200: json(n8nConnection, 'The connection; `status` is `none` if there is none') },
});

const connect = createRoute({
	method: 'put',
	path: '/{key}/n8n',
	tags,
	summary: 'Connect a site to n8n',
	description:
		"Creates credentials and workflows through n8n's public API, publishes and tests them, and configures the site to use them. Idempotent: calling it again resumes a failed run and updates the resources. A failed step is returned with its remedy. Because n8n receives an API key, this requires a signed-in admin or the server's `API_KEY`; other API keys are rejected.",
	...team('admin'),
	request: { params, body: body(n8nConnectInput) },
	responses: { 200: json(n8nConnection, 'The result of each step, even if one failed') },
});

const disconnect = createRoute({
	method: 'post',
	path: '/{key}/n8n/disconnect',
	tags,
	summary: 'Disconnect a site from n8n',
	description: 'Deletes the resources that Frontdesk created in n8n.',
	...team('admin'),
	request: { params, body: body(n8nDisconnectInput) },
	responses: { 200: json(n8nConnection, 'The result of each step, even if one failed') },
});

const download = createRoute({
	method: 'get',
	path: '/{key}/n8n/workflows/{workflow}',
	tags,
	summary: 'Download a workflow',
	description: "For manual import. Contains this server's URL and a unique webhook path.",
	...team('admin'),
	request: { params: params.extend({ workflow: n8nWorkflow }) },
	responses: { 200: json(z.record(z.string(), z.unknown()), 'A file for “Import from file”') },
});

/** Returns the routes that connect sites to n8n. */
export function n8nRoutes() {
	return new OpenAPIHono<ApiEnv>()
		.openapi(get, async (c) =>
			c.json(await getN8nConnection(c.var.ctx, c.req.valid('param').key), 200),
		)
		.openapi(connect, async (c) =>
			c.json(await connectN8n(c.var.ctx, c.req.valid('param').key, c.req.valid('json')), 200),
		)
		.openapi(disconnect, async (c) =>
			c.json(await disconnectN8n(c.var.ctx, c.req.valid('param').key, c.req.valid('json')), 200),
		)
		.openapi(download, async (c) => {
			const { key, workflow } = c.req.valid('param');
			c.header('content-disposition', `attachment; filename="${workflow}.json"`);
			return c.json(await downloadWorkflow(c.var.ctx, key, workflow), 200);
		});
}
