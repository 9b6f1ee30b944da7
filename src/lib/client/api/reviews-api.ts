import { z } from 'zod';
import { pageOf, type QaStatus } from '#lib/contract/common.ts';
import { reviewLock } from '#lib/contract/review.ts';
import { nextReview, reviewCounts, reviewerCount, reviewItem } from '#lib/contract/review-queue.ts';
import { call, queryOf, sessionPath, type Query } from './call.ts';

const lockPath = (id: string) => `${sessionPath(id)}/review-lock`;
const reviewers = z.object({ items: z.array(reviewerCount) });

/** The review queue and its locks. */
export const reviewApi = {
	list: (qa_status: QaStatus, query: Query = {}) =>
		call(pageOf(reviewItem), 'GET', `/api/reviews?${queryOf({ ...query, qa_status })}`),
	counts: () => call(reviewCounts, 'GET', '/api/reviews/counts'),
	reviewers: async (from: Date) =>
		(
			await call(
				reviewers,
				'GET',
				`/api/reviews/reviewers?${queryOf({ from: from.toISOString() })}`,
			)
		).items,
	next: async (after?: string) =>
		(await call(nextReview, 'POST', '/api/reviews/next', after ? { after } : {})).lock,
	findLock: (id: string) => call(reviewLock.nullable(), 'GET', lockPath(id)),
	claim: (id: string) => call(reviewLock, 'PUT', lockPath(id)),
	/** Also works while the page is being left. */
	release(id: string): void {
		fetch(lockPath(id), { method: 'DELETE', keepalive: true }).catch(() => undefined);
	},
};
