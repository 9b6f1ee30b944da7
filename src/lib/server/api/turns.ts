import { createRoute, OpenAPIHono } from '@hono/zod-openapi';
import { z } from 'zod';
import { pageOf } from '#lib/contract/common.ts';
import { siteTurns, turn, turnListQuery } from '#lib/contract/turn.ts';
import { listSiteTurns, listTurns } from '../ai/turns/index.ts';
import { json } from './describe.ts';
import type { ApiEnv } from './env.ts';
import { team } from './team.ts';

const tags = ['AI turns'];

const list = createRoute({
	method: 'get',
	path: '/',
	tags,
	summary: 'Calls of the AI, newest first; those of test chats are left out',
	...team('errors:read'),
	request: { query: turnListQuery },
	responses: { 200: json(pageOf(turn), 'A page of turns') },
});

const bySite = createRoute({
	method: 'get',
	path: '/by-site',
	tags,
	summary: 'How the AI of each site has answered in its newest 200 turns',
	...team('errors:read'),
	responses: { 200: json(z.object({ items: z.array(siteTurns) }), 'The sites, the worst first') },
});

/** Calls of the AI. */
export function turnRoutes() {
	return new OpenAPIHono<ApiEnv>()
		.openapi(list, async (c) => c.json(await listTurns(c.var.ctx, c.req.valid('query')), 200))
		.openapi(bySite, async (c) => c.json({ items: await listSiteTurns(c.var.ctx) }, 200));
}
