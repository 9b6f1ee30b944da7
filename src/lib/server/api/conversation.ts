import { createRoute, OpenAPIHono } from '@hono/zod-openapi';
import { conversation } from '#lib/contract/conversation.ts';
import { getConversation } from '../conversations/messages/index.ts';
import { type ApiEnv, json, sessionParam } from './route.ts';
import { team } from './team.ts';

const get = createRoute({
	method: 'get',
	path: '/{session_id}',
	tags: ['Conversation'],
	summary: 'Get a conversation as context for an AI',
	description:
		"The messages of a chat session in order, without the AI's latest message. The sender of a visitor's message is `user` in this response only.",
	...team('sessions:read'),
	request: { params: sessionParam },
	responses: { 200: json(conversation, 'The conversation') },
});

/** Returns the route that AI workflows fetch context from before they reply. */
export function conversationRoutes() {
	return new OpenAPIHono<ApiEnv>().openapi(get, async (c) =>
		c.json(await getConversation(c.var.ctx, c.req.valid('param').session_id), 200),
	);
}
