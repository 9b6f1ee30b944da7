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
import { type ApiEnv, documentErrors, body, json } from './route.ts';
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
	summary: 'Verify the Messenger webhook',
	description: 'Facebook calls this when you register the webhook.',
	request: {
		query: z.object({
			'hub.mode': z.string().default(''),
			'hub.verify_token': z.string().default(''),
			'hub.challenge': z.string().default(''),
		}),
	},
	...documentErrors('forbidden', 'not_found'),
	responses: { 200: text('The challenge') },
});

const receive = createRoute({
	method: 'post',
	path: '/webhook',
	tags,
	summary: 'Receive Messenger events',
	description:
		'Facebook signs the body in `X-Hub-Signature-256`. Events are stored, then processed after the response.',
	...documentErrors('forbidden', 'not_found', 'invalid'),
	responses: { 200: text('EVENT_RECEIVED') },
});

const pageParam = z.object({ page_id: graphId });

const state = createRoute({
	method: 'get',
	path: '/pages',
	tags,
	summary: 'List Messenger pages',
	description:
		'Returns at most 100 pages, newest first, and whether the channel is configured. Tokens are never returned.',
	...team('admin'),
	responses: { 200: json(messengerState, 'The state of the channel') },
});

const setToken = createRoute({
	method: 'post',
	path: '/pages',
	tags,
	summary: 'Connect a Messenger page',
	description:
		'Stores or replaces a page access token. Facebook identifies the page that the token belongs to.',
	...team('admin'),
	request: { body: body(pageTokenInput) },
	...documentErrors('not_found'),
	responses: { 200: json(messengerPage, 'The page') },
});

const testToken = createRoute({
	method: 'post',
	path: '/pages/{page_id}/test',
	tags,
	summary: "Test a page's token",
	description: 'Messages waiting for a working token are sent when the test succeeds.',
	...team('admin'),
	request: { params: pageParam },
	responses: {
		200: json(
			z.object({ page_id: z.string(), name: z.string() }),
			'The page that the token belongs to',
		),
	},
});

const removeToken = createRoute({
	method: 'delete',
	path: '/pages/{page_id}/token',
	tags,
	summary: "Remove a page's token",
	description: 'The page falls back to `MESSENGER_PAGE_TOKEN`, if set.',
	...team('admin'),
	request: { params: pageParam },
	responses: { 200: json(messengerPage, 'The page') },
});

/** Returns the Messenger routes. Facebook authenticates with its verify token and signature. */
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
			// The signature covers the raw bytes; re-serialized JSON would not match.
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
