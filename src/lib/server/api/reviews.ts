import { createRoute, OpenAPIHono } from '@hono/zod-openapi';
import { z } from 'zod';
import { pageOf } from '#lib/contract/common.ts';
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
	countByReviewer,
	countReviews,
	listReviewItems,
} from '../quality/reviews/index.ts';
import { body, json } from './describe.ts';
import type { ApiEnv } from './env.ts';
import { team } from './team.ts';

const tags = ['Reviews'];

const list = createRoute({
	method: 'get',
	path: '/',
	tags,
	summary: 'The review queue, longest waiting first, or the chat sessions in another review state',
	...team('sessions:read'),
	request: { query: reviewListQuery },
	responses: { 200: json(pageOf(reviewItem), 'A page of chat sessions with their latest review') },
});

const counts = createRoute({
	method: 'get',
	path: '/counts',
	tags,
	summary: 'How many chat sessions each review list has, counted up to 1,000',
	...team('sessions:read'),
	responses: { 200: json(reviewCounts, 'The counts') },
});

const reviewers = createRoute({
	method: 'get',
	path: '/reviewers',
	tags,
	summary: 'What each reviewer has decided since a time, by default in the last seven days',
	...team('sessions:read'),
	request: { query: reviewerCountsQuery },
	responses: { 200: json(z.object({ items: z.array(reviewerCount) }), 'At most 100 reviewers') },
});

const next = createRoute({
	method: 'post',
	path: '/next',
	tags,
	summary: 'Reserve the next chat session of the queue for the signed-in user, for five minutes',
	...team('sessions:read'),
	request: { body: body(nextReviewInput) },
	responses: { 200: json(nextReview, 'The chat session, or null when none is free') },
});

/** The review queue and its lists. */
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
