import { createRoute, OpenAPIHono } from '@hono/zod-openapi';
import { z } from 'zod';
import { graphId, messengerPage, messengerState, pageTokenInput } from '#lib/contract/messenger.ts';
import {
	answerChallenge,
	checkPageToken,
	getMessengerState,
	receiveEvents,
	removePageToken,
	setPageToken,
} from '../channels/messenger/index.ts';
import { body, json } from './describe.ts';
import type { ApiEnv } from './env.ts';
import { team } from './team.ts';

const tags = ['Messenger'];
const text = (description: string) => ({
	description,
	content: { 'text/plain': { schema: z.string() } },
});

const verify = createRoute({
	method: 'get',
	path: '/webhook',
	tags,
	summary: "Answers Facebook's question whether this webhook is ours",
	request: {
		query: z.object({
			'hub.mode': z.string().default(''),
			'hub.verify_token': z.string().default(''),
			'hub.challenge': z.string().default(''),
		}),
	},
	responses: { 200: text('The challenge') },
});

const receive = createRoute({
	method: 'post',
	path: '/webhook',
	tags,
	summary:
		'Takes events from Facebook, signed with X-Hub-Signature-256; they are handled afterwards',
	responses: { 200: text('EVENT_RECEIVED') },
});

const pageParam = z.object({ page_id: graphId });

const state = createRoute({
	method: 'get',
	path: '/pages',
	tags,
	summary:
		'Whether Messenger is on, and its pages, newest first: at most 100; tokens are never shown',
	...team('admin'),
	responses: { 200: json(messengerState, 'The channel') },
});

const setToken = createRoute({
	method: 'post',
	path: '/pages',
	tags,
	summary:
		'Connect a page by a token of its own, or replace its token; Facebook says which page it is',
	...team('admin'),
	request: { body: body(pageTokenInput) },
	responses: { 200: json(messengerPage, 'The page') },
});

const testToken = createRoute({
	method: 'post',
	path: '/pages/{page_id}/test',
	tags,
	summary: 'Test the token that writes for a page; what waits for the page goes out',
	...team('admin'),
	request: { params: pageParam },
	responses: {
		200: json(
			z.object({ page_id: z.string(), name: z.string() }),
			'The page that the token is for',
		),
	},
});

const removeToken = createRoute({
	method: 'delete',
	path: '/pages/{page_id}/token',
	tags,
	summary:
		"Remove a page's own token; MESSENGER_PAGE_TOKEN writes for it from then on, if it is set",
	...team('admin'),
	request: { params: pageParam },
	responses: { 200: json(messengerPage, 'The page') },
});

/** Facebook Messenger; Facebook proves itself by its verify token and its signature. */
export function messengerRoutes() {
	return new OpenAPIHono<ApiEnv>()
		.openapi(verify, (c) => {
			const query = c.req.valid('query');
			const challenge = answerChallenge(c.var.ctx, {
				mode: query['hub.mode'],
				verify_token: query['hub.verify_token'],
				challenge: query['hub.challenge'],
			});
			return c.text(challenge, 200);
		})
		.openapi(receive, async (c) => {
			// The bytes as they came: JSON that was written anew has another signature.
			const body = new Uint8Array(await c.req.arrayBuffer());
			await receiveEvents(c.var.ctx, body, c.req.header('X-Hub-Signature-256'));
			return c.text('EVENT_RECEIVED', 200);
		})
		.openapi(state, async (c) => c.json(await getMessengerState(c.var.ctx), 200))
		.openapi(setToken, async (c) => c.json(await setPageToken(c.var.ctx, c.req.valid('json')), 200))
		.openapi(testToken, async (c) =>
			c.json(await checkPageToken(c.var.ctx, c.req.valid('param').page_id), 200),
		)
		.openapi(removeToken, async (c) =>
			c.json(await removePageToken(c.var.ctx, c.req.valid('param').page_id), 200),
		);
}
