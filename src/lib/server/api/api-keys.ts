import { createRoute, OpenAPIHono } from '@hono/zod-openapi';
import { z } from 'zod';
import { apiKey, apiKeyInput, createdApiKey } from '#lib/contract/api-key.ts';
import { createApiKey, listApiKeys, revokeApiKey } from '../team/api-keys/index.ts';
import { body, json, numberParam } from './describe.ts';
import type { ApiEnv } from './env.ts';
import { GRANTS_ACCESS, team } from './team.ts';

const tags = ['API keys'];

const list = createRoute({
	method: 'get',
	path: '/',
	tags,
	summary: 'API keys, newest first, revoked ones too: at most 500',
	...team('admin'),
	responses: { 200: json(z.object({ items: z.array(apiKey) }), 'The keys, without what opens') },
});

const create = createRoute({
	method: 'post',
	path: '/',
	tags,
	summary: 'Create an API key; the key itself is shown this once',
	description: GRANTS_ACCESS,
	...team('admin'),
	request: { body: body(apiKeyInput) },
	responses: { 201: json(createdApiKey, 'The key') },
});

const revoke = createRoute({
	method: 'delete',
	path: '/{id}',
	tags,
	summary: 'Revoke an API key for good, from its next use on',
	...team('admin'),
	request: { params: z.object({ id: numberParam }) },
	responses: { 200: json(apiKey, 'The key as it is now') },
});

/** How programs sign in. */
export function apiKeyRoutes() {
	return new OpenAPIHono<ApiEnv>()
		.openapi(list, async (c) => c.json({ items: await listApiKeys(c.var.ctx) }, 200))
		.openapi(create, async (c) => c.json(await createApiKey(c.var.ctx, c.req.valid('json')), 201))
		.openapi(revoke, async (c) =>
			c.json(await revokeApiKey(c.var.ctx, c.req.valid('param').id), 200),
		);
}
