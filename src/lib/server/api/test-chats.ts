import { createRoute, OpenAPIHono } from '@hono/zod-openapi';
import { message } from '#lib/contract/message.ts';
import { session } from '#lib/contract/session.ts';
import { testChat, testChatInput, testMessageInput } from '#lib/contract/test-chat.ts';
import { getTestChat, sendTestMessage, startTestChat } from '../ai/test-chats/index.ts';
import { body, json, sessionParam } from './describe.ts';
import type { ApiEnv } from './env.ts';
import { team } from './team.ts';

const tags = ['Test chats'];

const start = createRoute({
	method: 'post',
	path: '/',
	tags,
	summary: 'Start a chat with the AI of a site that counts nowhere and is delivered to nobody',
	...team('sessions:write'),
	request: { body: body(testChatInput) },
	responses: { 201: json(session, 'The chat session, of channel `test`; the AI greets at once') },
});

const get = createRoute({
	method: 'get',
	path: '/{session_id}',
	tags,
	summary: 'A test chat, with what was seen on the wire in each of its newest 60 turns',
	...team('sessions:read'),
	request: { params: sessionParam },
	responses: { 200: json(testChat, 'The test chat') },
});

const say = createRoute({
	method: 'post',
	path: '/{session_id}/messages',
	tags,
	summary: 'Say something to the AI in the place of a visitor',
	...team('sessions:write'),
	request: { params: sessionParam, body: body(testMessageInput) },
	responses: { 201: json(message, 'The message; the AI answers it by its turn') },
});

/** Chats of the team with the AI of a site. */
export function testChatRoutes() {
	return new OpenAPIHono<ApiEnv>()
		.openapi(start, async (c) => c.json(await startTestChat(c.var.ctx, c.req.valid('json')), 201))
		.openapi(get, async (c) =>
			c.json(await getTestChat(c.var.ctx, c.req.valid('param').session_id), 200),
		)
		.openapi(say, async (c) => {
			const { session_id } = c.req.valid('param');
			return c.json(await sendTestMessage(c.var.ctx, session_id, c.req.valid('json')), 201);
		});
}
