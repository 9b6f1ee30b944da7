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

const sharedOptions = { tags: ['Challengers'], ...team('admin') };
const request = { params: z.object({ key: siteKey }) };
const responses = { 200: json(trial, 'The champion, the challenger and how they compare') };

const get = createRoute({
	...sharedOptions,
	method: 'get',
	path: '/{key}/challenger',
	summary: "Get a site's challenger and how it compares",
	description:
		'Returns the challenger on trial, or else the latest one. Secrets are never returned.',
	request,
	responses,
});

const set = createRoute({
	...sharedOptions,
	method: 'put',
	path: '/{key}/challenger',
	summary: 'Put a challenger on trial, or change its share',
	description:
		'A share of new visitors is assigned to the challenger and stays with it. If the settings differ from those of the challenger on trial, a new trial starts.',
	request: { ...request, body: body(challengerInput) },
	responses,
});

const stop = createRoute({
	...sharedOptions,
	method: 'delete',
	path: '/{key}/challenger',
	summary: 'Stop the trial',
	description: 'New visitors get the champion. Chats that started with the challenger keep it.',
	request,
	responses,
});

const promote = createRoute({
	...sharedOptions,
	method: 'post',
	path: '/{key}/challenger/promote',
	summary: 'Promote the challenger to champion',
	description: 'Chats that started with the old champion keep it.',
	request,
	responses,
});

const undo = createRoute({
	...sharedOptions,
	method: 'post',
	path: '/{key}/challenger/undo-promotion',
	summary: 'Undo the latest promotion',
	request,
	responses,
});

const test = createRoute({
	...sharedOptions,
	method: 'post',
	path: '/{key}/challenger/test',
	summary: 'Test a challenger',
	description:
		"Works like the test of the site's own AI. Omitted secrets default to those of the challenger on trial.",
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
