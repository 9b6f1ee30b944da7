import { createRoute, OpenAPIHono } from '@hono/zod-openapi';
import { z } from 'zod';
import {
	agentReplyInput,
	handoff,
	handoffInput,
	takeOverInput,
	waitingVisitor,
} from '#lib/contract/handoff.ts';
import { message } from '#lib/contract/message.ts';
import { session } from '#lib/contract/session.ts';
import {
	cancelHandoff,
	handBack,
	listWaitingVisitors,
	requestHandoff,
	sendPersonReply,
	takeOver,
} from '../conversations/handoffs/index.ts';
import { type ApiEnv, body, json, optionalBody, sessionParam } from './route.ts';
import { team } from './team.ts';

const tags = ['Handoffs'];
const sharedOptions = { tags, ...team('sessions:write') };
const request = { params: sessionParam };

const requestRoute = createRoute({
	...sharedOptions,
	method: 'post',
	path: '/{session_id}/handoff',
	summary: 'Request a handoff',
	description:
		'Pauses the AI until someone takes over or the deadline passes. A repeated request while the visitor waits returns the same handoff. Outside business hours the outcome is `missed` immediately, and the visitor is told when someone will be available.',
	request: { ...request, body: optionalBody(handoffInput) },
	responses: { 200: json(handoff, 'The handoff') },
});

const cancelRoute = createRoute({
	...sharedOptions,
	method: 'delete',
	path: '/{session_id}/handoff',
	summary: 'Cancel a handoff',
	description: 'The AI continues.',
	request,
	responses: { 200: json(handoff, 'The canceled handoff') },
});

const takeOverRoute = createRoute({
	...sharedOptions,
	method: 'post',
	path: '/{session_id}/take-over',
	summary: 'Take over a chat',
	description:
		'Pauses the AI and assigns the chat to the signed-in user or, with an API key, to the person named in the body. If several people try at the same time, one succeeds; the others get 409 with the name of the person who has the chat.',
	request: { ...request, body: optionalBody(takeOverInput) },
	responses: { 200: json(session, 'The chat session') },
});

const handBackRoute = createRoute({
	...sharedOptions,
	method: 'post',
	path: '/{session_id}/hand-back',
	summary: 'Hand a chat back to the AI',
	description: 'The AI replies to the messages sent since the last answer.',
	request,
	responses: { 200: json(session, 'The chat session') },
});

const replyRoute = createRoute({
	...sharedOptions,
	method: 'post',
	path: '/{session_id}/reply',
	summary: 'Reply as a person',
	description:
		'Sends a message from a person who answers elsewhere, such as in Slack, and takes over the chat for them. Returns 409 while someone else has the chat.',
	request: { ...request, body: body(agentReplyInput) },
	responses: { 200: json(message, 'The message') },
});

const listWaitingRoute = createRoute({
	method: 'get',
	path: '/',
	tags,
	summary: 'List visitors waiting for a person',
	description: 'Earliest deadline first, at most 50.',
	...team('sessions:read'),
	responses: { 200: json(z.object({ items: z.array(waitingVisitor) }), 'The open handoffs') },
});

/** Returns the route that lists all open handoffs. */
export const waitingVisitorRoutes = () =>
	new OpenAPIHono<ApiEnv>().openapi(listWaitingRoute, async (c) =>
		c.json({ items: await listWaitingVisitors(c.var.ctx) }, 200),
	);

/** Returns the routes for handoffs and takeovers. */
export function handoffRoutes() {
	return new OpenAPIHono<ApiEnv>()
		.openapi(requestRoute, async (c) => {
			const { session_id } = c.req.valid('param');
			return c.json(await requestHandoff(c.var.ctx, session_id, c.req.valid('json')), 200);
		})
		.openapi(cancelRoute, async (c) =>
			c.json(await cancelHandoff(c.var.ctx, c.req.valid('param').session_id), 200),
		)
		.openapi(takeOverRoute, async (c) => {
			const { session_id } = c.req.valid('param');
			return c.json(await takeOver(c.var.ctx, session_id, c.req.valid('json')), 200);
		})
		.openapi(handBackRoute, async (c) =>
			c.json(await handBack(c.var.ctx, c.req.valid('param').session_id), 200),
		)
		.openapi(replyRoute, async (c) => {
			const { session_id } = c.req.valid('param');
			return c.json(await sendPersonReply(c.var.ctx, session_id, c.req.valid('json')), 200);
		});
}
