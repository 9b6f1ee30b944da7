import { createRoute, OpenAPIHono } from '@hono/zod-openapi';
import { conversation } from '#lib/contract/conversation.ts';
import { getConversation } from '../conversations/messages/index.ts';
import { json, sessionParam } from './describe.ts';
import type { ApiEnv } from './env.ts';
import { team } from './team.ts';

const get = createRoute({
	method: 'get',
	path: '/{session_id}',
	tags: ['Conversation'],
	summary: "The context for an AI: a chat session's messages without the AI's own latest one",
	description: "Here alone a visitor's messages have the sender `user`.",
	...team('sessions:read'),
	request: { params: sessionParam },
	responses: { 200: json(conversation, 'The conversation in its order') },
});

/** What an AI workflow fetches before it answers. */
export function conversationRoutes() {
	return new OpenAPIHono<ApiEnv>().openapi(get, async (c) =>
		c.json(await getConversation(c.var.ctx, c.req.valid('param').session_id), 200),
	);
}
