import { createRoute, OpenAPIHono } from '@hono/zod-openapi';
import { z } from 'zod';
import { challengerInput, trial } from '#lib/contract/challenger.ts';
import { callReport, connectorInput } from '#lib/contract/connector.ts';
import { siteKey } from '#lib/contract/site.ts';
import {
	getTrial,
	promoteChallenger,
	setChallenger,
	stopTrial,
	undoPromotion,
} from '../ai/challengers/index.ts';
import { testConnection } from '../ai/turns/index.ts';
import { type ApiEnv, body, json } from './route.ts';
import { team } from './team.ts';

const shared = { tags: ['Challengers'], ...team('admin') };
const request = { params: z.object({ key: siteKey }) };
const responses = { 200: json(trial, 'The champion, the challenger and how they compare') };

const get = createRoute({
	...shared,
	method: 'get',
	path: '/{key}/challenger',
	summary: "Get a site's challenger and how it compares",
	description: 'The challenger on trial, else the last one. Secrets are never returned.',
	request,
	responses,
});

const set = createRoute({
	...shared,
	method: 'put',
	path: '/{key}/challenger',
	summary: 'Put a challenger on trial, or change its share',
	description:
		'A share of the new visitors is assigned to it, and stays with it. Other settings than those of the challenger on trial start a new trial.',
	request: { ...request, body: body(challengerInput) },
	responses,
});

const stop = createRoute({
	...shared,
	method: 'delete',
	path: '/{key}/challenger',
	summary: 'Stop the trial',
	description: 'New visitors get the champion. Chats that began with the challenger keep it.',
	request,
	responses,
});

const promote = createRoute({
	...shared,
	method: 'post',
	path: '/{key}/challenger/promote',
	summary: 'Promote the challenger to champion',
	description: 'Chats that began with the old champion keep it.',
	request,
	responses,
});

const undo = createRoute({
	...shared,
	method: 'post',
	path: '/{key}/challenger/undo-promotion',
	summary: 'Restore the champion before the last promotion',
	request,
	responses,
});

const test = createRoute({
	...shared,
	method: 'post',
	path: '/{key}/challenger/test',
	summary: 'Test a challenger',
	description:
		"Like the test of the site's own AI; omitted secrets are those of the challenger on trial.",
	request: { ...request, body: body(connectorInput) },
	responses: { 200: json(callReport, 'The result of the test, even if it failed') },
});

/** Returns the routes for the challengers of sites. */
export function challengerRoutes() {
	return new OpenAPIHono<ApiEnv>()
		.openapi(get, async (c) => c.json(await getTrial(c.var.ctx, c.req.valid('param').key), 200))
		.openapi(set, async (c) =>
			c.json(await setChallenger(c.var.ctx, c.req.valid('param').key, c.req.valid('json')), 200),
		)
		.openapi(stop, async (c) => c.json(await stopTrial(c.var.ctx, c.req.valid('param').key), 200))
		.openapi(promote, async (c) =>
			c.json(await promoteChallenger(c.var.ctx, c.req.valid('param').key), 200),
		)
		.openapi(undo, async (c) =>
			c.json(await undoPromotion(c.var.ctx, c.req.valid('param').key), 200),
		)
		.openapi(test, async (c) =>
			c.json(
				await testConnection(c.var.ctx, c.req.valid('param').key, c.req.valid('json'), {
					isChallenger: true,
				}),
				200,
			),
		);
}
