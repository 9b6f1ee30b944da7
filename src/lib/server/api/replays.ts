import { createRoute, OpenAPIHono } from '@hono/zod-openapi';
import { z } from 'zod';
import { replay, replayComparison, replayStart } from '#lib/contract/test-chat.ts';
import { cancelReplay, getReplay, startReplay } from '../ai/test-chats/index.ts';
import { body, json, numberParam } from './describe.ts';
import type { ApiEnv } from './env.ts';
import { team } from './team.ts';

const tags = ['Test chats'];
const params = z.object({ id: numberParam });

const start = createRoute({
	method: 'post',
	path: '/',
	tags,
	summary: "Say a stored chat's visitor side again to the AI of today; people only, one at a time",
	...team('sessions:write'),
	request: { body: body(replayStart) },
	responses: { 201: json(replay, 'The replay, under way') },
});

const get = createRoute({
	method: 'get',
	path: '/{id}',
	tags,
	summary: 'A replay, with the stored chat and the chat of today',
	...team('sessions:read'),
	request: { params },
	responses: { 200: json(replayComparison, 'Both chats as they stand') },
});

const cancel = createRoute({
	method: 'post',
	path: '/{id}/cancel',
	tags,
	summary: 'End a replay of your own; what runs already is answered',
	...team('sessions:write'),
	request: { params },
	responses: { 200: json(replay, 'The replay as it is now') },
});

/** Replays of stored chats against the AI of today. */
export function replayRoutes() {
	return new OpenAPIHono<ApiEnv>()
		.openapi(start, async (c) => c.json(await startReplay(c.var.ctx, c.req.valid('json')), 201))
		.openapi(get, async (c) => c.json(await getReplay(c.var.ctx, c.req.valid('param').id), 200))
		.openapi(cancel, async (c) =>
			c.json(await cancelReplay(c.var.ctx, c.req.valid('param').id), 200),
		);
}
