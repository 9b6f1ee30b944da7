import { createRoute, OpenAPIHono } from '@hono/zod-openapi';
import { z } from 'zod';
import { pageSchema } from '#lib/contract/common.ts';
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
import { type ApiEnv, documentErrors, body, json, numberParam } from './route.ts';
import { team } from './team.ts';

const tags = ['Webhook endpoints'];
const params = z.object({ id: numberParam });

const list = createRoute({
	method: 'get',
	path: '/',
	tags,
	summary: 'List webhook endpoints',
	description: 'Newest first, for one site or all.',
	...team('admin'),
	request: { query: webhookEndpointListQuery },
	responses: {
		200: json(pageSchema(webhookEndpoint), 'A page of endpoints, without their secrets'),
	},
});

const create = createRoute({
	method: 'post',
	path: '/',
	tags,
	summary: 'Create a webhook endpoint',
	...team('admin'),
	request: { body: body(webhookEndpointInput) },
	...documentErrors('not_found'),
	responses: {
		201: json(
			newWebhookEndpoint,
			'The endpoint, including its secret, which is returned only once',
		),
	},
});

const update = createRoute({
	method: 'patch',
	path: '/{id}',
	tags,
	summary: 'Update a webhook endpoint',
	description: 'Changes its URL, events or auth header, or enables or disables it.',
	...team('admin'),
	request: { params, body: body(webhookEndpointUpdate) },
	responses: { 200: json(webhookEndpoint, 'The endpoint') },
});

const remove = createRoute({
	method: 'delete',
	path: '/{id}',
	tags,
	summary: 'Delete a webhook endpoint',
	description: 'Its past deliveries are kept.',
	...team('admin'),
	request: { params },
	responses: { 204: { description: 'Deleted' } },
});

const rotate = createRoute({
	method: 'post',
	path: '/{id}/rotate-secret',
	tags,
	summary: 'Rotate a signing secret',
	description:
		'For 24 hours, `webhook-signature` contains the signatures of both secrets. `x-frontdesk-signature` uses the new one immediately.',
	...team('admin'),
	request: { params },
	responses: { 200: json(newWebhookEndpoint, 'The endpoint, including its new secret') },
});

const test = createRoute({
	method: 'post',
	path: '/{id}/test',
	tags,
	summary: 'Test a webhook endpoint',
	description: 'Sends the event `test` once.',
	...team('admin'),
	request: { params },
	responses: {
		200: json(webhookTest, 'The response from the endpoint, even if it refused the event'),
	},
});

/** Returns the routes that manage webhook endpoints. */
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
