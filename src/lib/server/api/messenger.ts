import { createRoute, OpenAPIHono } from '@hono/zod-openapi';
import { z } from 'zod';
import { answerChallenge, receiveEvents } from '../channels/messenger/index.ts';
import type { ApiEnv } from './env.ts';

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

/** Facebook Messenger; Facebook proves itself by its verify token and its signature. */
export function messengerRoutes() {
	const routes = new OpenAPIHono<ApiEnv>();
	routes.openapi(verify, (c) => {
		const query = c.req.valid('query');
		const challenge = answerChallenge(c.var.ctx, {
			mode: query['hub.mode'],
			verify_token: query['hub.verify_token'],
			challenge: query['hub.challenge'],
		});
		return c.text(challenge, 200);
	});
	routes.openapi(receive, async (c) => {
		// The bytes as they came: JSON that was written anew has another signature.
		const body = new Uint8Array(await c.req.arrayBuffer());
		await receiveEvents(c.var.ctx, body, c.req.header('X-Hub-Signature-256'));
		return c.text('EVENT_RECEIVED', 200);
	});
	return routes;
}
