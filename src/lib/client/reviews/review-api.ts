import { z } from 'zod';
import { pageOf, type Page, type QaStatus } from '#lib/contract/common.ts';
import { reviewLock, type ReviewLock } from '#lib/contract/review.ts';
import {
	nextReview,
	reviewCounts,
	reviewerCount,
	reviewItem,
	type ReviewCounts,
	type ReviewerCount,
	type ReviewItem,
} from '#lib/contract/review-queue.ts';
import { call, sessionPath } from '#lib/client/api-client.ts';

const lockPath = (id: string) => `${sessionPath(id)}/review-lock`;
const items = pageOf(reviewItem);
const reviewers = z.object({ items: z.array(reviewerCount) });

/** The review queue and its locks, asked from the browser; each throws ApiError. */
export const reviewApi = {
	list: (qa_status: QaStatus, page: Record<string, string> = {}): Promise<Page<ReviewItem>> =>
		call(items, 'GET', `/api/reviews?${new URLSearchParams({ ...page, qa_status }).toString()}`),
	counts: (): Promise<ReviewCounts> => call(reviewCounts, 'GET', '/api/reviews/counts'),
	reviewers: async (from: Date): Promise<ReviewerCount[]> => {
		const query = new URLSearchParams({ from: from.toISOString() });
		return (await call(reviewers, 'GET', `/api/reviews/reviewers?${query.toString()}`)).items;
	},
	next: async (after?: string): Promise<ReviewLock | null> =>
		(await call(nextReview, 'POST', '/api/reviews/next', after ? { after } : {})).lock,
	findLock: (id: string): Promise<ReviewLock | null> =>
		call(reviewLock.nullable(), 'GET', lockPath(id)),
	claim: (id: string): Promise<ReviewLock> => call(reviewLock, 'PUT', lockPath(id)),
	/** Also while the page is being left. */
	release(id: string): void {
		fetch(lockPath(id), { method: 'DELETE', keepalive: true }).catch(() => undefined);
	},
};
