import { createRoute, OpenAPIHono } from '@hono/zod-openapi';
import { z } from 'zod';
import { pageOf } from '#lib/contract/common.ts';
import {
	delivery,
	deliveryCount,
	deliveryFilter,
	deliveryListQuery,
	replayInput,
} from '#lib/contract/delivery.ts';
import {
	countDeliveries,
	listDeliveries,
	replayDeliveries,
	replayDelivery,
} from '../delivery/webhooks/index.ts';
import { body, json, numberParam } from './describe.ts';
import type { ApiEnv } from './env.ts';
import { team } from './team.ts';

const tags = ['Deliveries'];

const list = createRoute({
	method: 'get',
	path: '/',
	tags,
	summary: 'Deliveries that match a filter, newest first, with their attempts',
	...team('leads:read'),
	request: { query: deliveryListQuery },
	responses: { 200: json(pageOf(delivery), 'A page of deliveries') },
});

const count = createRoute({
	method: 'get',
	path: '/count',
	tags,
	summary: 'How many deliveries match a filter and can be sent again, counted up to 1,000',
	...team('leads:read'),
	request: { query: deliveryFilter },
	responses: { 200: json(deliveryCount, 'The number') },
});

const replay = createRoute({
	method: 'post',
	path: '/{id}/replay',
	tags,
	summary: 'Send a delivery again, with the same id and body',
	...team('leads:write'),
	request: { params: z.object({ id: numberParam }) },
	responses: { 200: json(delivery, 'The delivery, on its way again') },
});

const replayMany = createRoute({
	method: 'post',
	path: '/replay',
	tags,
	summary: 'Send the named deliveries again, or those with a status that match: at most 1,000',
	...team('leads:write'),
	request: { body: body(replayInput) },
	responses: { 200: json(z.object({ replayed: z.number().int() }), 'How many were taken up') },
});

/** What is on its way to webhooks. */
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
