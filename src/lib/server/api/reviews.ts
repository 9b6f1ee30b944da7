import { createRoute, OpenAPIHono } from '@hono/zod-openapi';
import { z } from 'zod';
import { checkSummary } from '#lib/contract/check.ts';
import { pageSchema } from '#lib/contract/common.ts';
import { reviewLock } from '#lib/contract/review.ts';
import {
	nextReview,
	nextReviewInput,
	reviewCounts,
	reviewerCount,
	reviewerCountsQuery,
	reviewItem,
	reviewListQuery,
} from '#lib/contract/review-queue.ts';
import {
	claimNextReview,
	claimReview,
	countByReviewer,
	countReviews,
	findReviewLock,
	listReviewItems,
	releaseReview,
} from '../quality/reviews/index.ts';
import { listChecks } from '../quality/checks/index.ts';
import { type ApiEnv, body, json, sessionParam } from './route.ts';
import { team, usersOnly } from './team.ts';

const tags = ['Reviews'];

const list = createRoute({
	method: 'get',
	path: '/',
	tags,
	summary: 'List chat sessions by review state',
	description: 'The review queue by default, longest waiting first.',
	...team('sessions:read'),
	request: { query: reviewListQuery },
	responses: {
		200: json(pageSchema(reviewItem), 'A page of chat sessions with their latest review'),
	},
});

const counts = createRoute({
	method: 'get',
	path: '/counts',
	tags,
	summary: 'Count chat sessions by review state',
	description: 'Each count stops at 1,000.',
	...team('sessions:read'),
	responses: { 200: json(reviewCounts, 'The counts') },
});

const reviewers = createRoute({
	method: 'get',
	path: '/reviewers',
	tags,
	summary: 'Count reviews by reviewer',
	description: 'Covers the last seven days by default.',
	...team('sessions:read'),
	request: { query: reviewerCountsQuery },
	responses: { 200: json(z.object({ items: z.array(reviewerCount) }), 'At most 100 reviewers') },
});

const next = createRoute({
	method: 'post',
	path: '/next',
	tags,
	summary: 'Claim the next review',
	description:
		'Reserves the next chat session in the queue for the signed-in user for five minutes.',
	...usersOnly(),
	request: { body: body(nextReviewInput) },
	responses: { 200: json(nextReview, 'The lock, or null if no chat session is free') },
});

/** Returns the routes of the review queue and its lists. */
export function reviewRoutes() {
	return new OpenAPIHono<ApiEnv>()
		.openapi(list, async (c) => c.json(await listReviewItems(c.var.ctx, c.req.valid('query')), 200))
		.openapi(counts, async (c) => c.json(await countReviews(c.var.ctx), 200))
		.openapi(reviewers, async (c) =>
			c.json({ items: await countByReviewer(c.var.ctx, c.req.valid('query')) }, 200),
		)
		.openapi(next, async (c) =>
			c.json({ lock: await claimNextReview(c.var.ctx, c.req.valid('json')) }, 200),
		);
}

const checks = createRoute({
	method: 'get',
	path: '/',
	tags,
	summary: 'List the automatic checks',
	description:
		'Each rule with its precision: the share of its flags that reviews confirmed, in total and by site.',
	...team('quality:read'),
	responses: { 200: json(z.object({ items: z.array(checkSummary) }), 'The rules') },
});

/** Returns the route that lists the automatic checks. */
export function checkRoutes() {
	return new OpenAPIHono<ApiEnv>().openapi(checks, async (c) =>
		c.json({ items: await listChecks(c.var.ctx) }, 200),
	);
}

const lockPath = '/{session_id}/review-lock';

const getLock = createRoute({
	method: 'get',
	path: lockPath,
	tags,
	summary: 'Get the review lock of a chat session',
	description: '`null` if no one is reviewing it.',
	...team('sessions:read'),
	request: { params: sessionParam },
	responses: { 200: json(reviewLock.nullable(), 'The current lock, or null') },
});

const claimLock = createRoute({
	method: 'put',
	path: lockPath,
	tags,
	summary: 'Claim or extend a review lock',
	description: 'Reserves the chat session for the signed-in user for five minutes.',
	...usersOnly(),
	request: { params: sessionParam },
	responses: { 200: json(reviewLock, 'The lock') },
});

const releaseLock = createRoute({
	method: 'delete',
	path: lockPath,
	tags,
	summary: 'Release a review lock',
	description: "Has no effect on another user's lock.",
	...usersOnly(),
	request: { params: sessionParam },
	responses: { 204: { description: 'The signed-in user no longer holds the lock' } },
});

/** Returns the routes that lock a chat session for one reviewer. */
export function reviewLockRoutes() {
	return new OpenAPIHono<ApiEnv>()
		.openapi(getLock, async (c) =>
			c.json(await findReviewLock(c.var.ctx, c.req.valid('param').session_id), 200),
		)
		.openapi(claimLock, async (c) =>
			c.json(await claimReview(c.var.ctx, c.req.valid('param').session_id), 200),
		)
		.openapi(releaseLock, async (c) => {
			await releaseReview(c.var.ctx, c.req.valid('param').session_id);
			return c.body(null, 204);
		});
}
