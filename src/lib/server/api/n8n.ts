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
import { body, json } from './describe.ts';
import type { ApiEnv } from './env.ts';
import { team } from './team.ts';

const tags = ['Sites'];
const params = z.object({ key: siteKey });

const get = createRoute({
	method: 'get',
	path: '/{key}/n8n',
	tags,
	summary: "A site's connection to n8n: what was made there, and how far the last run came",
	...team('admin'),
	request: { params },
	responses: { 200: json(n8nConnection, 'The connection; its status is `none` without one') },
});

const connect = createRoute({
	method: 'put',
	path: '/{key}/n8n',
	tags,
	summary: 'Connect a site to n8n, or update what was made there',
	description:
		"Makes credentials and workflows through n8n's public API, publishes and tests them, and makes the site use them. Idempotent: a repeated call updates and continues. A step that fails is in the answer with its remedy. n8n receives an API key, so keys created here are refused: use the dashboard or the API_KEY of the environment.",
	...team('admin'),
	request: { params, body: body(n8nConnectInput) },
	responses: { 200: json(n8nConnection, 'How each step went, also when one failed') },
});

const disconnect = createRoute({
	method: 'post',
	path: '/{key}/n8n/disconnect',
	tags,
	summary: 'Remove a connection to n8n and delete what was made there',
	...team('admin'),
	request: { params, body: body(n8nDisconnectInput) },
	responses: { 200: json(n8nConnection, 'How each step went, also when one failed') },
});

const download = createRoute({
	method: 'get',
	path: '/{key}/n8n/workflows/{workflow}',
	tags,
	summary: "A workflow to import by hand, with this server's address and a webhook path of its own",
	...team('admin'),
	request: { params: params.extend({ workflow: n8nWorkflow }) },
	responses: { 200: json(z.record(z.string(), z.unknown()), 'A file for “Import from file”') },
});

/** What connects sites to n8n. */
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
