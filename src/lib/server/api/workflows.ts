import { createRoute, OpenAPIHono } from '@hono/zod-openapi';
import { completionSync, conversation, syncResult } from '#lib/contract/workflows.ts';
import { syncAll } from '../channels/n8n-memory/index.ts';
import { getConversation } from '../conversations/messages/index.ts';
import { syncCompletionStatus } from '../conversations/sessions/index.ts';
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

/** Returns the route from which AI workflows fetch context before they reply. */
export function conversationRoutes() {
	return new OpenAPIHono<ApiEnv>().openapi(get, async (c) =>
		c.json(await getConversation(c.var.ctx, c.req.valid('param').session_id), 200),
	);
}

const completion = createRoute({
	method: 'post',
	path: '/sync-completion-status',
	tags: ['Sync'],
	summary: 'Detect missed completions',
	description:
		"Checks all chat sessions that aren't complete, and completes those whose completion was missed. Idempotent.",
	...team('sync'),
	responses: {
		200: json(completionSync, 'How many chat sessions were checked, and which were completed'),
	},
});

const syncEverything = createRoute({
	method: 'post',
	path: '/sync',
	tags: ['Sync'],
	summary: 'Sync n8n chat memory and completions',
	description:
		"Imports each row of n8n's chat memory once, then detects missed completions. Idempotent.",
	...team('sync'),
	responses: { 200: json(syncResult, 'The rows found and the changes made') },
});

/** Returns the routes that reconcile chat sessions with n8n. */
export function syncRoutes() {
	return new OpenAPIHono<ApiEnv>()
		.openapi(completion, async (c) => c.json(await syncCompletionStatus(c.var.ctx), 200))
		.openapi(syncEverything, async (c) => c.json(await syncAll(c.var.ctx), 200));
}
