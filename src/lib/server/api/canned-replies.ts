import { createRoute, OpenAPIHono } from '@hono/zod-openapi';
import { z } from 'zod';
import { cannedReply, cannedReplyInput, cannedReplyPatch } from '#lib/contract/inbox.ts';
import { pageSchema, pageQuery } from '#lib/contract/common.ts';
import {
	createCannedReply,
	deleteCannedReply,
	listCannedReplies,
	updateCannedReply,
} from '../conversations/canned-replies/index.ts';
import { type ApiEnv, body, json, numberParam } from './route.ts';
import { team } from './team.ts';

const tags = ['Canned replies'];
const params = z.object({ canned_reply_id: numberParam });

const list = createRoute({
	method: 'get',
	path: '/',
	tags,
	summary: 'List canned replies',
	description: "The team's and the signed-in user's own, newest first.",
	...team('sessions:read'),
	request: { query: pageQuery },
	responses: { 200: json(pageSchema(cannedReply), 'A page of canned replies') },
});

const create = createRoute({
	method: 'post',
	path: '/',
	tags,
	summary: 'Create a canned reply',
	description: 'Users create their own; admins may create one for the team.',
	...team('sessions:write'),
	request: { body: body(cannedReplyInput) },
	responses: { 201: json(cannedReply, 'The canned reply') },
});

const change = createRoute({
	method: 'patch',
	path: '/{canned_reply_id}',
	tags,
	summary: 'Update a canned reply',
	...team('sessions:write'),
	request: { params, body: body(cannedReplyPatch) },
	responses: { 200: json(cannedReply, 'The updated canned reply') },
});

const remove = createRoute({
	method: 'delete',
	path: '/{canned_reply_id}',
	tags,
	summary: 'Delete a canned reply',
	description: 'Messages sent with it are kept.',
	...team('sessions:write'),
	request: { params },
	responses: { 204: { description: 'Deleted' } },
});

/** Returns the routes that manage canned replies. */
export function cannedReplyRoutes() {
	return new OpenAPIHono<ApiEnv>()
		.openapi(list, async (c) =>
			c.json(await listCannedReplies(c.var.ctx, c.req.valid('query')), 200),
		)
		.openapi(create, async (c) =>
			c.json(await createCannedReply(c.var.ctx, c.req.valid('json')), 201),
		)
		.openapi(change, async (c) => {
			const { canned_reply_id } = c.req.valid('param');
			return c.json(await updateCannedReply(c.var.ctx, canned_reply_id, c.req.valid('json')), 200);
		})
		.openapi(remove, async (c) => {
			await deleteCannedReply(c.var.ctx, c.req.valid('param').canned_reply_id);
			return c.body(null, 204);
		});
}
