import { createRoute, OpenAPIHono } from '@hono/zod-openapi';
import { z } from 'zod';
import { cannedReply, cannedReplyInput, cannedReplyPatch } from '#lib/contract/canned-reply.ts';
import { pageOf, pageQuery } from '#lib/contract/common.ts';
import {
	createCannedReply,
	deleteCannedReply,
	listCannedReplies,
	updateCannedReply,
} from '../conversations/canned-replies/index.ts';
import { body, json, numberParam } from './describe.ts';
import type { ApiEnv } from './env.ts';
import { team } from './team.ts';

const tags = ['Canned replies'];
const params = z.object({ canned_reply_id: numberParam });

const list = createRoute({
	method: 'get',
	path: '/',
	tags,
	summary: "Canned replies of the team and the signed-in user's own, newest first",
	...team('sessions:read'),
	request: { query: pageQuery },
	responses: { 200: json(pageOf(cannedReply), 'A page of canned replies') },
});

const create = createRoute({
	method: 'post',
	path: '/',
	tags,
	summary: 'Keep a canned reply, for yourself or as an admin for the team',
	...team('sessions:write'),
	request: { body: body(cannedReplyInput) },
	responses: { 201: json(cannedReply, 'The canned reply') },
});

const change = createRoute({
	method: 'patch',
	path: '/{canned_reply_id}',
	tags,
	summary: 'Change the title or the text of a canned reply',
	...team('sessions:write'),
	request: { params, body: body(cannedReplyPatch) },
	responses: { 200: json(cannedReply, 'The canned reply as it is now') },
});

const remove = createRoute({
	method: 'delete',
	path: '/{canned_reply_id}',
	tags,
	summary: 'Delete a canned reply; what was sent with it stays',
	...team('sessions:write'),
	request: { params },
	responses: { 204: { description: 'It is gone' } },
});

/** Answers that are written once and used often. */
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
