import { z } from 'zod';
import { quotedFlag } from './check.ts';
import { queryBoolean, pageQuery, qaStatus, sessionId, anyTimestamp, timestamp } from './common.ts';
import { review, reviewLock } from './review.ts';
import { session } from './session.ts';

/** The order of the queue: flagged chats first and then the longest waiting, or the most recently queued. */
export const queueOrder = z.enum(['oldest', 'newest']);
export type QueueOrder = z.infer<typeof queueOrder>;

/** Why a chat session is in the queue. */
const queueReason = z.enum(['complete', 'failed', 'flagged', 'sampled', 'reset']);
export type QueueReason = z.infer<typeof queueReason>;

/** A chat session in a review list. */
export const reviewItem = z
	.object({
		id: z.number().int(),
		session,
		/** Null unless the chat session is in the queue. */
		queued_because: queueReason.nullable(),
		queued_at: timestamp.nullable(),
		lock: reviewLock.nullable(),
		/** The latest decision. */
		review: review.nullable(),
		/** Flags from automatic checks, excluding dismissed ones. */
		flags: z.array(quotedFlag),
	})
	.meta({ id: 'ReviewItem' });
export type ReviewItem = z.infer<typeof reviewItem>;

/**
 * `unchecked` lists the queue, by default flagged chats first and then the longest waiting. Other statuses are sorted by most
 * recent activity.
 */
export const reviewListQuery = pageQuery.extend({
	qa_status: qaStatus.default('unchecked'),
	/** Limits the queue to chat sessions that automatic checks flagged, or to the others. */
	flagged: queryBoolean.optional(),
	/** `newest` sorts the queue by most recently queued, whether flagged or not. */
	order: queueOrder.default('oldest'),
});
export type ReviewListQuery = z.input<typeof reviewListQuery>;

/** Claims the first chat session in the queue, or the first one after `after`. */
export const nextReviewInput = z
	.strictObject({ after: sessionId.optional(), order: queueOrder.default('oldest') })
	.meta({ id: 'NextReviewInput' });
export type NextReviewInput = z.input<typeof nextReviewInput>;

/** The lock on the claimed chat session. Null if every chat session in the queue is locked, or it is empty. */
export const nextReview = z.object({ lock: reviewLock.nullable() }).meta({ id: 'NextReview' });

/** The number of chat sessions per review state, each up to 1,000. */
export const reviewCounts = z
	.object({
		unchecked: z.number().int(),
		/** Unchecked chat sessions that automatic checks flagged. */
		flagged: z.number().int(),
		issue: z.number().int(),
		fixed: z.number().int(),
		passed: z.number().int(),
	})
	.meta({ id: 'ReviewCounts' });
export type ReviewCounts = z.infer<typeof reviewCounts>;

/** The decisions of one reviewer in a period. */
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

/** Counts decisions since `from`, by default the last seven days. */
export const reviewerCountsQuery = z.object({ from: anyTimestamp.optional() });
export type ReviewerCountsQuery = z.infer<typeof reviewerCountsQuery>;
