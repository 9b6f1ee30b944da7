import { createRoute, OpenAPIHono } from '@hono/zod-openapi';
import { z } from 'zod';
import { message } from '#lib/contract/message.ts';
import { session } from '#lib/contract/session.ts';
import {
	replay,
	replayComparison,
	replayStart,
	testChat,
	testChatInput,
	testMessageInput,
} from '#lib/contract/test-chat.ts';
import {
	cancelReplay,
	getReplay,
	getTestChat,
	sendTestMessage,
	startReplay,
	startTestChat,
} from '../ai/test-chats/index.ts';
import { type ApiEnv, documentErrors, body, json, numberParam, sessionParam } from './route.ts';
import { team, usersOnly } from './team.ts';

const tags = ['Test chats'];

const start = createRoute({
	method: 'post',
	path: '/',
	tags,
	summary: 'Start a test chat',
	description: "Test chats aren't counted or delivered.",
	...team('sessions:write'),
	request: { body: body(testChatInput) },
	...documentErrors('not_found'),
	responses: {
		201: json(session, 'The chat session, on the channel `test`; the AI greets immediately'),
	},
});

const get = createRoute({
	method: 'get',
	path: '/{session_id}',
	tags,
	summary: 'Get a test chat',
	description: 'Includes the requests and responses of its latest 60 turns.',
	...team('sessions:read'),
	request: { params: sessionParam },
	...documentErrors('conflict'),
	responses: { 200: json(testChat, 'The test chat') },
});

const send = createRoute({
	method: 'post',
	path: '/{session_id}/messages',
	tags,
	summary: 'Send a message in a test chat',
	description: 'Sent as the visitor.',
	...team('sessions:write'),
	request: { params: sessionParam, body: body(testMessageInput) },
	responses: { 201: json(message, 'The message; the AI replies asynchronously') },
});

/** Returns the routes for test chats with the AI of a site. */
export function testChatRoutes() {
	return new OpenAPIHono<ApiEnv>()
		.openapi(start, async (c) => c.json(await startTestChat(c.var.ctx, c.req.valid('json')), 201))
		.openapi(get, async (c) =>
			c.json(await getTestChat(c.var.ctx, c.req.valid('param').session_id), 200),
		)
		.openapi(send, async (c) => {
			const { session_id } = c.req.valid('param');
			return c.json(await sendTestMessage(c.var.ctx, session_id, c.req.valid('json')), 201);
		});
}

const replayParams = z.object({ id: numberParam });

const startReplayRoute = createRoute({
	method: 'post',
	path: '/',
	tags,
	summary: 'Start a replay',
	description:
		"Sends the visitor's messages of a stored chat to the current AI. A user can run one replay at a time.",
	...usersOnly(),
	request: { body: body(replayStart) },
	...documentErrors('not_found'),
	responses: { 201: json(replay, 'The running replay') },
});

const getReplayRoute = createRoute({
	method: 'get',
	path: '/{id}',
	tags,
	summary: 'Get a replay',
	description: 'Includes the stored chat and the replayed one.',
	...team('sessions:read'),
	request: { params: replayParams },
	responses: { 200: json(replayComparison, 'Both chats so far') },
});

const cancelReplayRoute = createRoute({
	method: 'post',
	path: '/{id}/cancel',
	tags,
	summary: 'Cancel a replay',
	description: 'Only the user who started it can cancel it. A turn in progress still finishes.',
	...usersOnly(),
	request: { params: replayParams },
	responses: { 200: json(replay, 'The canceled replay') },
});

/** Returns the routes that replay stored chats with the current AI. */
export function replayRoutes() {
	return new OpenAPIHono<ApiEnv>()
		.openapi(startReplayRoute, async (c) =>
			c.json(await startReplay(c.var.ctx, c.req.valid('json')), 201),
		)
		.openapi(getReplayRoute, async (c) =>
			c.json(await getReplay(c.var.ctx, c.req.valid('param').id), 200),
		)
		.openapi(cancelReplayRoute, async (c) =>
			c.json(await cancelReplay(c.var.ctx, c.req.valid('param').id), 200),
		);
}
