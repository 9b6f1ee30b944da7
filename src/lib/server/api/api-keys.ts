import { createRoute, OpenAPIHono } from '@hono/zod-openapi';
import { z } from 'zod';
import { apiKey, apiKeyInput, createdApiKey } from '#lib/contract/api-key.ts';
import { createApiKey, listApiKeys, revokeApiKey } from '../team/api-keys/index.ts';
import { type ApiEnv, body, json, numberParam } from './route.ts';
import { GRANTS_ACCESS, team } from './team.ts';

const tags = ['API keys'];

const list = createRoute({
	method: 'get',
	path: '/',
	tags,
	summary: 'List API keys',
	description: 'Newest first, including revoked keys; at most 500.',
	...team('admin'),
	responses: {
		200: json(z.object({ items: z.array(apiKey) }), 'The API keys, without their secrets'),
	},
});

const create = createRoute({
	method: 'post',
	path: '/',
	tags,
	summary: 'Create an API key',
	description: GRANTS_ACCESS,
	...team('admin'),
	request: { body: body(apiKeyInput) },
	responses: {
		201: json(createdApiKey, 'The API key, including the secret, which is returned only once'),
	},
});

const revoke = createRoute({
	method: 'delete',
	path: '/{id}',
	tags,
	summary: 'Revoke an API key',
	description: 'Takes effect from the next request and cannot be undone.',
	...team('admin'),
	request: { params: z.object({ id: numberParam }) },
	responses: { 200: json(apiKey, 'The revoked API key') },
});

/** Returns the routes that manage API keys. */
export function apiKeyRoutes() {
	return new OpenAPIHono<ApiEnv>()
		.openapi(list, async (c) => c.json({ items: await listApiKeys(c.var.ctx) }, 200))
		.openapi(create, async (c) => c.json(await createApiKey(c.var.ctx, c.req.valid('json')), 201))
		.openapi(revoke, async (c) =>
			c.json(await revokeApiKey(c.var.ctx, c.req.valid('param').id), 200),
		);
}
