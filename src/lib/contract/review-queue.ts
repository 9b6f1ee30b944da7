import { z } from 'zod';
import { pageQuery, qaStatus, sessionId, timestamp } from './common.ts';
import { review, reviewLock } from './review.ts';
import { session } from './session.ts';

/** Why a chat session is in the queue. */
const queueReason = z.enum(['complete', 'failed', 'sampled', 'reset']);
export type QueueReason = z.infer<typeof queueReason>;

/** A chat session of a review list. */
export const reviewItem = z
	.object({
		id: z.number().int(),
		session,
		/** Null unless it waits in the queue. */
		queued_because: queueReason.nullable(),
		queued_at: timestamp.nullable(),
		lock: reviewLock.nullable(),
		/** The latest decision. */
		review: review.nullable(),
	})
	.meta({ id: 'ReviewItem' });
export type ReviewItem = z.infer<typeof reviewItem>;

/** `unchecked` is the queue, what has waited longest first; the others list the last activity first. */
export const reviewListQuery = pageQuery.extend({ qa_status: qaStatus.default('unchecked') });
export type ReviewListQuery = z.input<typeof reviewListQuery>;

/** Which chat session of the queue to claim: the one after this, or the first. */
export const nextReviewInput = z
	.strictObject({ after: sessionId.optional() })
	.meta({ id: 'NextReviewInput' });
export type NextReviewInput = z.infer<typeof nextReviewInput>;

/** The chat session that is now the caller's to review; null when nothing waits that nobody has. */
export const nextReview = z.object({ lock: reviewLock.nullable() }).meta({ id: 'NextReview' });

/** How many chat sessions each review list has, counted up to 1,000. */
export const reviewCounts = z
	.object({
		unchecked: z.number().int(),
		issue: z.number().int(),
		fixed: z.number().int(),
		passed: z.number().int(),
	})
	.meta({ id: 'ReviewCounts' });
export type ReviewCounts = z.infer<typeof reviewCounts>;

/** What one reviewer has decided in a period. */
export const reviewerCount = z
	.object({
		reviewer: z.string(),
		reviewer_id: z.number().int().nullable(),
		passed: z.number().int(),
		issue: z.number().int(),
		fixed: z.number().int(),
	})
	.meta({ id: 'ReviewerCount' });
export type ReviewerCount = z.infer<typeof reviewerCount>;

/** Decisions since this time; the last seven days unless given. */
export const reviewerCountsQuery = z.object({ from: timestamp.optional() });
export type ReviewerCountsQuery = z.infer<typeof reviewerCountsQuery>;
