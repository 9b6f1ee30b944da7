import { createRoute, OpenAPIHono } from '@hono/zod-openapi';
import { z } from 'zod';
import { pageOf } from '#lib/contract/common.ts';
import {
	newWebhookEndpoint,
	webhookEndpoint,
	webhookEndpointInput,
	webhookEndpointListQuery,
	webhookEndpointUpdate,
	webhookTest,
} from '#lib/contract/webhook-endpoint.ts';
import {
	createEndpoint,
	deleteEndpoint,
	listEndpoints,
	rotateSecret,
	testEndpoint,
	updateEndpoint,
} from '../delivery/webhooks/index.ts';
import { body, json, numberParam } from './describe.ts';
import type { ApiEnv } from './env.ts';
import { team } from './team.ts';

const tags = ['Webhook endpoints'];
const params = z.object({ id: numberParam });

const list = createRoute({
	method: 'get',
	path: '/',
	tags,
	summary: 'Webhook endpoints of a site or of all, newest first',
	...team('admin'),
	request: { query: webhookEndpointListQuery },
	responses: { 200: json(pageOf(webhookEndpoint), 'A page of endpoints, without their secrets') },
});

const create = createRoute({
	method: 'post',
	path: '/',
	tags,
	summary: 'Make an endpoint; its secret is given this once',
	...team('admin'),
	request: { body: body(webhookEndpointInput) },
	responses: { 201: json(newWebhookEndpoint, 'The endpoint with its secret') },
});

const update = createRoute({
	method: 'patch',
	path: '/{id}',
	tags,
	summary: "Change an endpoint's address or events, disable or enable it",
	...team('admin'),
	request: { params, body: body(webhookEndpointUpdate) },
	responses: { 200: json(webhookEndpoint, 'The endpoint') },
});

const remove = createRoute({
	method: 'delete',
	path: '/{id}',
	tags,
	summary: 'Delete an endpoint; what was delivered there stays in the list of deliveries',
	...team('admin'),
	request: { params },
	responses: { 204: { description: 'It is gone' } },
});

const rotate = createRoute({
	method: 'post',
	path: '/{id}/rotate-secret',
	tags,
	summary: 'Give an endpoint another secret; for 24 hours the one before signs, too',
	...team('admin'),
	request: { params },
	responses: { 200: json(newWebhookEndpoint, 'The endpoint with its new secret') },
});

const test = createRoute({
	method: 'post',
	path: '/{id}/test',
	tags,
	summary: 'Send the event `test` once, and tell what was answered',
	...team('admin'),
	request: { params },
	responses: { 200: json(webhookTest, 'What was answered, also when it was refused') },
});

/** Where events of sites are sent. */
export function webhookEndpointRoutes() {
	return new OpenAPIHono<ApiEnv>()
		.openapi(list, async (c) => c.json(await listEndpoints(c.var.ctx, c.req.valid('query')), 200))
		.openapi(create, async (c) => c.json(await createEndpoint(c.var.ctx, c.req.valid('json')), 201))
		.openapi(update, async (c) =>
			c.json(await updateEndpoint(c.var.ctx, c.req.valid('param').id, c.req.valid('json')), 200),
		)
		.openapi(remove, async (c) => {
			await deleteEndpoint(c.var.ctx, c.req.valid('param').id);
			return c.body(null, 204);
		})
		.openapi(rotate, async (c) =>
			c.json(await rotateSecret(c.var.ctx, c.req.valid('param').id), 200),
		)
		.openapi(test, async (c) =>
			c.json(await testEndpoint(c.var.ctx, c.req.valid('param').id), 200),
		);
}
