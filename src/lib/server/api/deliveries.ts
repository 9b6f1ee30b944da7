import { createRoute, OpenAPIHono } from '@hono/zod-openapi';
import { z } from 'zod';
import { pageSchema } from '#lib/contract/common.ts';
import {
	delivery,
	deliveryCount,
	deliveryFilter,
	deliveryListQuery,
	resendInput,
} from '#lib/contract/delivery.ts';
import {
	countDeliveries,
	listDeliveries,
	replayDeliveries,
	replayDelivery,
} from '../delivery/webhooks/index.ts';
import { type ApiEnv, body, json, numberParam } from './route.ts';
import { team } from './team.ts';

const tags = ['Deliveries'];

const list = createRoute({
	method: 'get',
	path: '/',
	tags,
	summary: 'List deliveries',
	description: 'Newest first, each with its attempts.',
	...team('leads:read'),
	request: { query: deliveryListQuery },
	responses: { 200: json(pageSchema(delivery), 'A page of deliveries') },
});

const count = createRoute({
	method: 'get',
	path: '/count',
	tags,
	summary: 'Count deliveries to resend',
	description: 'Counts deliveries that match the filter and can be resent, up to 1,000.',
	...team('leads:read'),
	request: { query: deliveryFilter },
	responses: { 200: json(deliveryCount, 'The count') },
});

const replay = createRoute({
	method: 'post',
	path: '/{id}/replay',
	tags,
	summary: 'Resend a delivery',
	description: 'The new attempt has the same `webhook_id` and body.',
	...team('leads:write'),
	request: { params: z.object({ id: numberParam }) },
	responses: { 200: json(delivery, 'The delivery, pending again') },
});

const replayMany = createRoute({
	method: 'post',
	path: '/replay',
	tags,
	summary: 'Resend deliveries',
	description:
		'Resends the deliveries with the given ids, or all that match a filter; at most 1,000.',
	...team('leads:write'),
	request: { body: body(resendInput) },
	responses: {
		200: json(
			z.object({ replayed: z.number().int() }),
			'The number of deliveries that are pending again',
		),
	},
});

/** Returns the routes that list and resend deliveries. */
export function deliveryRoutes() {
	return new OpenAPIHono<ApiEnv>()
		.openapi(list, async (c) => c.json(await listDeliveries(c.var.ctx, c.req.valid('query')), 200))
		.openapi(count, async (c) =>
			c.json(await countDeliveries(c.var.ctx, c.req.valid('query')), 200),
		)
		.openapi(replay, async (c) =>
			c.json(await replayDelivery(c.var.ctx, c.req.valid('param').id), 200),
		)
		.openapi(replayMany, async (c) =>
			c.json(await replayDeliveries(c.var.ctx, c.req.valid('json')), 200),
		);
}
