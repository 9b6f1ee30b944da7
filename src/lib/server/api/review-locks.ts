import { createRoute, OpenAPIHono } from '@hono/zod-openapi';
import { reviewLock } from '#lib/contract/review.ts';
import { claimReview, findReviewLock, releaseReview } from '../quality/reviews/index.ts';
import { json, sessionParam } from './describe.ts';
import type { ApiEnv } from './env.ts';
import { team } from './team.ts';

const tags = ['Reviews'];
const path = '/{session_id}/review-lock';

const get = createRoute({
	method: 'get',
	path,
	tags,
	summary: 'Who reviews a chat session now, or null',
	...team('sessions:read'),
	request: { params: sessionParam },
	responses: { 200: json(reviewLock.nullable(), 'The lock that holds now') },
});

const claim = createRoute({
	method: 'put',
	path,
	tags,
	summary: "Reserve a chat session for the signed-in user's review for five minutes, or five more",
	...team('sessions:read'),
	request: { params: sessionParam },
	responses: { 200: json(reviewLock, 'The lock') },
});

const release = createRoute({
	method: 'delete',
	path,
	tags,
	summary: 'Give back a chat session that the signed-in user had reserved',
	...team('sessions:read'),
	request: { params: sessionParam },
	responses: { 204: { description: 'It is free, or a colleague has it' } },
});

/** Who reviews which chat session. */
export function reviewLockRoutes() {
	return new OpenAPIHono<ApiEnv>()
		.openapi(get, async (c) =>
			c.json(await findReviewLock(c.var.ctx, c.req.valid('param').session_id), 200),
		)
		.openapi(claim, async (c) =>
			c.json(await claimReview(c.var.ctx, c.req.valid('param').session_id), 200),
		)
		.openapi(release, async (c) => {
			await releaseReview(c.var.ctx, c.req.valid('param').session_id);
			return c.body(null, 204);
		});
}
