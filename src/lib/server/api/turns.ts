import { createRoute, OpenAPIHono } from '@hono/zod-openapi';
import { z } from 'zod';
import { pageSchema } from '#lib/contract/common.ts';
import {
	siteTurns,
	turn,
	turnListQuery,
	turnTraceQuery,
	turnTraceView,
} from '#lib/contract/turn.ts';
import { getTurnTrace, listSiteTurns, listTurns } from '../ai/turns/index.ts';
import { type ApiEnv, json } from './route.ts';
import { team } from './team.ts';

const tags = ['AI turns'];

const list = createRoute({
	method: 'get',
	path: '/',
	tags,
	summary: 'List turns',
	description: 'Newest first, without the turns of test chats.',
	...team('errors:read'),
	request: { query: turnListQuery },
	responses: { 200: json(pageSchema(turn), 'A page of turns') },
});

const listBySite = createRoute({
	method: 'get',
	path: '/by-site',
	tags,
	summary: 'Get turn results by site',
	description: 'Covers the latest 200 turns of each site.',
	...team('errors:read'),
	responses: {
		200: json(z.object({ items: z.array(siteTurns) }), 'The sites, highest failure rate first'),
	},
});

const trace = createRoute({
	method: 'get',
	path: '/trace',
	tags,
	summary: 'Get the trace of a turn',
	description:
		'Returns the request sent to the AI and its response, by `turn_id` or by the `message_id` of the reply. Keys, tokens and passwords are masked. The retention period is a setting of each site. Also requires `errors:read` and `leads:read`.',
	...team('sessions:read'),
	request: { query: turnTraceQuery },
	responses: { 200: json(turnTraceView, 'The turn with its trace') },
});

/** Returns the routes that list AI turns. */
export function turnRoutes() {
	return new OpenAPIHono<ApiEnv>()
		.openapi(list, async (c) => c.json(await listTurns(c.var.ctx, c.req.valid('query')), 200))
		.openapi(trace, async (c) => c.json(await getTurnTrace(c.var.ctx, c.req.valid('query')), 200))
		.openapi(listBySite, async (c) => c.json({ items: await listSiteTurns(c.var.ctx) }, 200));
}
